"""The tables of the gateway. Migrations create them; a test holds the two together."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy import PrimaryKeyConstraint as PrimaryKey
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.tables import moment, tenant_column

metadata = MetaData()

notice = Table(
    "notice",
    metadata,
    tenant_column(),
    Column("event_id", Uuid(as_uuid=False), nullable=False),
    moment("recorded_at"),
    Column("payload", LargeBinary, nullable=False),
    PrimaryKey("tenant_id", "event_id", name="notice_pkey"),
    Index("notice_recorded_idx", "tenant_id", "recorded_at", "event_id"),
)

webhook = Table(
    "webhook",
    metadata,
    Column("id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("event_types", ARRAY(Text), nullable=False),
    Column("filters", JSONB, nullable=False),  # [[field, [value, ...]], ...]
    Column("secret", LargeBinary, nullable=False),  # sealed, as is the old one
    Column("old_secret", LargeBinary),
    moment("old_secret_until", nullable=True),
    Column("state", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    moment("created_at"),
    moment("updated_at"),
    Column("version", BigInteger, nullable=False),
    PrimaryKey("id", name="webhook_pkey"),
    Index("webhook_order_idx", "tenant_id", "id"),
)

# In real time, like all queues; apart from the webhook, whose version must not rise with every delivery.
webhook_queue = Table(
    "webhook_queue",
    metadata,
    Column("webhook_id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("failures", Integer, nullable=False, server_default="0"),
    moment("next_try_at", nullable=True),
    Column("lease_id", Uuid(as_uuid=False)),
    moment("leased_until", nullable=True),
    moment("delivered_at", nullable=True),
    PrimaryKey("webhook_id", name="webhook_queue_pkey"),
    ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name="webhook_queue_webhook_id_fkey", ondelete="CASCADE"),
    Index("webhook_queue_tenant_idx", "tenant_id"),
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("webhook_id", Uuid(as_uuid=False), nullable=False),
    Column("seq", BigInteger, Identity(always=True), nullable=False),
    Column("event_id", Uuid(as_uuid=False), nullable=False),
    Column("event_type", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("replay_of", Uuid(as_uuid=False)),
    Column("attempts", Integer, nullable=False, server_default="0"),
    moment("created_at"),
    PrimaryKey("id", name="webhook_delivery_pkey"),
    Index("webhook_delivery_waiting_idx", "tenant_id", "webhook_id", "seq", postgresql_where=text("state = 'waiting'")),
    Index("webhook_delivery_order_idx", "tenant_id", "webhook_id", "seq"),
    Index("webhook_delivery_created_idx", "tenant_id", "created_at"),
)

webhook_attempt = Table(
    "webhook_attempt",
    metadata,
    tenant_column(),
    Column("delivery_id", Uuid(as_uuid=False), nullable=False),
    Column("number", Integer, nullable=False),
    moment("at"),
    Column("status", Integer, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("fault", Text, nullable=False),
    PrimaryKey("delivery_id", "number", name="webhook_attempt_pkey"),
    ForeignKeyConstraint(
        ["delivery_id"], ["webhook_delivery.id"], name="webhook_attempt_delivery_id_fkey", ondelete="CASCADE"
    ),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("name", Text, nullable=False),
    Column("person_id", Uuid(as_uuid=False), nullable=False),
    Column("permissions", ARRAY(Text), nullable=False),
    Column("prefix", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("rate_per_s", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    moment("created_at"),
    moment("expires_at"),  # in real time, as are the two below
    moment("revoked_at", nullable=True),
    moment("last_used_at", nullable=True),
    PrimaryKey("id", name="api_key_pkey"),
    UniqueConstraint("tenant_id", "prefix", name="api_key_prefix_key"),
    Index("api_key_order_idx", "tenant_id", "id"),
)
