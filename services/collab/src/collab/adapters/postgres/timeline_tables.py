"""The tables of the timeline. A migration creates them; a test holds the two together."""

from sqlalchemy import Boolean, Column, Index, Table, Text, Uuid
from sqlalchemy import PrimaryKeyConstraint as PrimaryKey
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from chassis.tables import moment, tenant_column
from collab.adapters.postgres.tables import metadata

timeline_entry = Table(
    "timeline_entry",
    metadata,
    Column("id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("customer_id", Uuid(as_uuid=False)),
    Column("lead_id", Uuid(as_uuid=False)),
    Column("is_by_lead", Boolean, nullable=False),  # it has its customer, or will have it, from its lead
    Column("kind", Text, nullable=False),
    moment("occurred_at"),
    moment("recorded_at"),
    Column("actor", Text, nullable=False),
    Column("person_id", Uuid(as_uuid=False)),
    Column("department", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("resource", Text, nullable=False),
    Column("reference_ids", JSONB, nullable=False),
    Column("facts", JSONB, nullable=False),
    PrimaryKey("id", name="timeline_entry_pkey"),
    Index(
        "timeline_entry_customer_order_idx",
        "tenant_id",
        "customer_id",
        "occurred_at",
        "id",
        "kind",
        "department",
        postgresql_where="customer_id IS NOT NULL",
    ),
    Index("timeline_entry_lead_idx", "tenant_id", "lead_id", postgresql_where="lead_id IS NOT NULL"),
)

timeline_lead = Table(
    "timeline_lead",
    metadata,
    tenant_column(),
    Column("lead_id", Uuid(as_uuid=False), nullable=False),
    Column("customer_id", Uuid(as_uuid=False)),  # null once the lead is nobody's again
    moment("decided_at"),
    PrimaryKey("tenant_id", "lead_id", name="timeline_lead_pkey"),
)
