"""The tables of metrics and of water-line alarms. Migrations create them; a test holds the two together."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from chassis.tables import moment, tenant_column
from scoring.adapters.postgres.tables import metadata

metric_definition = Table(
    "metric_definition",
    metadata,
    tenant_column(),
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", JSONB, nullable=False),
    moment("published_at"),
    Column("published_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "code", "version", name="metric_definition_pkey"),
)

water_line_alarm = Table(
    "water_line_alarm",
    metadata,
    tenant_column(),
    Column("id", Uuid(as_uuid=False), nullable=False),
    Column("metric_code", Text, nullable=False),
    Column("metric_version", Integer, nullable=False),
    Column("subject_kind", Text, nullable=False),
    # Id of the person or team; empty for the whole tenant.
    Column("subject_id", Text, nullable=False),
    Column("team_id", Uuid(as_uuid=False)),
    # As `2026-03`, whose order as text is that of time.
    Column("month", Text, nullable=False),
    Column("numerator", BigInteger, nullable=False),
    Column("denominator", BigInteger, nullable=False),
    Column("value", Double, nullable=False),
    moment("breached_at"),
    moment("recovered_at", nullable=True),
    Column("recovered_month", Text),
    Column("recovered_value", Double),
    PrimaryKeyConstraint("tenant_id", "id", name="water_line_alarm_pkey"),
    UniqueConstraint(
        "tenant_id", "month", "metric_code", "subject_kind", "subject_id", name="water_line_alarm_subject_key"
    ),
    CheckConstraint("subject_kind IN ('tenant', 'team', 'rep')", name="water_line_alarm_kind_check"),
    Index("water_line_alarm_open_idx", "tenant_id", "month", postgresql_where=text("recovered_at IS NULL")),
)
