"""The table of conversions."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from chassis.tables import moment, tenant_column
from pipeline.adapters.postgres.tables import metadata

IS_LIVE = text("state IN ('running', 'done', 'reverting', 'undoing')")

conversion = Table(
    "conversion",
    metadata,
    Column("id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("lead_id", Uuid(as_uuid=False), nullable=False),
    Column("customer_id", Uuid(as_uuid=False), nullable=False),
    Column("is_new_customer", Boolean, nullable=False),
    Column("customer_name", Text, nullable=False),
    Column("contact_id", Uuid(as_uuid=False)),
    Column("is_new_contact", Boolean, nullable=False),
    Column("opportunity_id", Uuid(as_uuid=False), nullable=False),
    Column("opportunity_version", BigInteger, nullable=False),
    Column("product_line", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("amount_hundredths", BigInteger),
    Column("currency", Text),
    Column("expected_close_date", Date),
    Column("owner_id", Uuid(as_uuid=False), nullable=False),
    Column("team_id", Uuid(as_uuid=False)),
    Column("requested_by", Text, nullable=False),
    Column("undone_by", Text, nullable=False),
    Column("state", Text, nullable=False),
    # By step: its state, and since when.
    Column("steps", JSONB, nullable=False),
    Column("failed_step", Text, nullable=False),
    Column("failure_reason", Text, nullable=False),
    Column("added", ARRAY(Text), nullable=False),
    moment("created_at"),
    moment("changed_at"),
    Column("version", BigInteger, nullable=False),
    PrimaryKeyConstraint("id", name="conversion_pkey"),
    # Two clicks make one conversion, whoever clicks.
    Index("conversion_live_key", "tenant_id", "lead_id", unique=True, postgresql_where=IS_LIVE),
    Index("conversion_tenant_id_idx", "tenant_id", "id"),
    Index("conversion_lead_idx", "tenant_id", "lead_id", "id"),
    Index("conversion_owner_idx", "tenant_id", "owner_id", "id"),
    Index("conversion_customer_idx", "tenant_id", "customer_id", "id"),
)
