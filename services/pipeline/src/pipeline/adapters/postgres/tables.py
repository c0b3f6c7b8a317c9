"""The tables of the action flow. Migrations create them; a test holds the two together."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from chassis.tables import moment, tenant_column

metadata = MetaData()

customer_merge = Table(
    "customer_merge",
    metadata,
    tenant_column(),
    Column("customer_id", Uuid(as_uuid=False), nullable=False),
    Column("merged_into", Uuid(as_uuid=False)),  # null once it stands for itself again
    Column("version", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id", "customer_id", name="customer_merge_pkey"),
    Index("customer_merge_into_idx", "tenant_id", "merged_into"),
)

follow_up = Table(
    "follow_up",
    metadata,
    Column("id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("lead_id", Uuid(as_uuid=False)),
    Column("customer_id", Uuid(as_uuid=False)),
    Column("person_id", Uuid(as_uuid=False), nullable=False),
    Column("team_id", Uuid(as_uuid=False)),
    Column("channel", Text, nullable=False),
    Column("tags", ARRAY(Text), nullable=False),
    Column("summary", Text, nullable=False),
    Column("next_action", Text),
    moment("next_action_at", nullable=True),
    moment("occurred_at"),
    moment("recorded_at"),
    Column("custom", JSONB, nullable=False),
    Column("version", BigInteger, nullable=False),
    # Id and kind of each file, in the order in which they were given.
    Column("documents", JSONB, nullable=False, server_default="[]"),
    Column("decision_chain_update", Text, nullable=False, server_default=""),
    # The verdict: by which standard, for which type, and what is missing. NULL where there was no standard yet.
    Column("customer_type", Text, nullable=False, server_default=""),
    Column("standard_id", Uuid(as_uuid=False)),
    Column("missing_criteria", ARRAY(Text), nullable=False, server_default="{}"),
    PrimaryKeyConstraint("id", name="follow_up_pkey"),
    CheckConstraint("(lead_id IS NULL) <> (customer_id IS NULL)", name="follow_up_one_subject_check"),
    Index("follow_up_tenant_id_idx", "tenant_id", "id"),
    Index("follow_up_lead_idx", "tenant_id", "lead_id", "occurred_at"),
    Index("follow_up_customer_idx", "tenant_id", "customer_id", "occurred_at"),
    Index("follow_up_person_idx", "tenant_id", "person_id", "id"),
    Index("follow_up_team_idx", "tenant_id", "team_id", "id"),
    Index(
        "follow_up_customer_owner_order_idx",
        "tenant_id",
        "customer_id",
        "id",
        "person_id",
        "team_id",
        postgresql_where=text("customer_id IS NOT NULL"),
    ),
    Index("follow_up_occurred_idx", "tenant_id", "occurred_at"),
)

lead_standing = Table(
    "lead_standing",
    metadata,
    tenant_column(),
    Column("lead_id", Uuid(as_uuid=False), nullable=False),
    Column("state", Text, nullable=False),
    Column("owner_id", Uuid(as_uuid=False)),
    Column("team_id", Uuid(as_uuid=False)),
    Column("version", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id", "lead_id", name="lead_standing_pkey"),
)
