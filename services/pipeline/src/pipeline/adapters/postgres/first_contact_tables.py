"""The tables of first contacts."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from chassis.tables import moment, tenant_column
from pipeline.adapters.postgres.tables import metadata

first_contact_summary = Table(
    "first_contact_summary",
    metadata,
    tenant_column(),
    Column("lead_id", Uuid(as_uuid=False), nullable=False),
    Column("follow_up_id", Uuid(as_uuid=False), nullable=False),
    Column("person_id", Uuid(as_uuid=False), nullable=False),
    Column("team_id", Uuid(as_uuid=False)),
    moment("contacted_at"),
    moment("due_at"),
    Column("is_overdue", Boolean, nullable=False),
    # NULL while the summary waits to be filled: what was typed, and the code of the level.
    Column("pain_point", Text),
    Column("decision_chain", Text),
    Column("intent_level", Text),
    Column("submitted_by", Text, nullable=False),
    moment("submitted_at", nullable=True),
    Column("version", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id", "lead_id", name="first_contact_summary_pkey"),
    Index(
        "first_contact_summary_open_idx",
        "tenant_id",
        "follow_up_id",
        postgresql_where=text("submitted_at IS NULL"),
    ),
)

first_contact_settings = Table(
    "first_contact_settings",
    metadata,
    tenant_column(),
    Column("limit_min", Integer, nullable=False),
    # Code and name of each level, the highest first.
    Column("intent_levels", JSONB, nullable=False),
    Column("version", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant_id", name="first_contact_settings_pkey"),
)
