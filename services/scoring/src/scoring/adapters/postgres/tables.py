"""The tables of the warehouse and the funnel. Migrations create them; a test holds the two together."""

from sqlalchemy import (
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

_DECIDED = text("decided_at IS NOT NULL")

fact = Table(
    "fact",
    metadata,
    tenant_column(),
    moment("recorded_at"),
    Column("event_id", Uuid(as_uuid=False), nullable=False),
    Column("type", Text, nullable=False),
    Column("aggregate_id", Text, nullable=False),
    Column("aggregate_version", BigInteger, nullable=False),
    moment("occurred_at"),
    Column("actor", Text, nullable=False),
    Column("lead_id", Uuid(as_uuid=False)),
    Column("owner_id", Uuid(as_uuid=False)),
    Column("person_id", Uuid(as_uuid=False)),
    Column("team_id", Uuid(as_uuid=False)),
    Column("source", Text),
    Column("payload", JSONB, nullable=False),
    PrimaryKeyConstraint("tenant_id", "recorded_at", "event_id", name="fact_pkey"),
    Index("fact_lead_idx", "tenant_id", "lead_id", "recorded_at", postgresql_where=text("lead_id IS NOT NULL")),
    Index("fact_type_idx", "tenant_id", "type", "occurred_at"),
)

lead_funnel = Table(
    "lead_funnel",
    metadata,
    tenant_column(),
    Column("lead_id", Uuid(as_uuid=False), nullable=False),
    Column("source", Text),
    Column("owner_id", Uuid(as_uuid=False)),
    Column("team_id", Uuid(as_uuid=False)),
    # Version of the lead that told of the owner; 0 before any did.
    Column("owner_version", BigInteger, nullable=False),
    # Of each step when it was reached, and when that was recorded; NULL before any fact tells of it.
    moment("received_at", nullable=True),
    moment("received_recorded_at", nullable=True),
    moment("assigned_at", nullable=True),
    moment("assigned_recorded_at", nullable=True),
    moment("followed_up_at", nullable=True),
    moment("followed_up_recorded_at", nullable=True),
    # The first silence that no follow-up has withdrawn.
    moment("silent_at", nullable=True),
    moment("silent_recorded_at", nullable=True),
    moment("closed_at", nullable=True),
    moment("closed_recorded_at", nullable=True),
    # The conversion that was not taken back.
    moment("converted_at", nullable=True),
    moment("converted_recorded_at", nullable=True),
    Column("product_line", Text),
    Column("region", Text),
    Column("industry", Text),
    PrimaryKeyConstraint("tenant_id", "lead_id", name="lead_funnel_pkey"),
    Index("lead_funnel_received_idx", "tenant_id", "received_at"),
    Index("lead_funnel_owner_idx", "tenant_id", "owner_id", "received_at"),
    Index("lead_funnel_team_idx", "tenant_id", "team_id", "received_at"),
)

# All owners that a lead ever had, so that a question about the past gets the owner of that time.
lead_owner = Table(
    "lead_owner",
    metadata,
    tenant_column(),
    Column("lead_id", Uuid(as_uuid=False), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("owner_id", Uuid(as_uuid=False)),
    Column("team_id", Uuid(as_uuid=False)),
    moment("recorded_at"),
    PrimaryKeyConstraint("tenant_id", "lead_id", "version", name="lead_owner_pkey"),
)

# All silences and their withdrawals, so that a question about the past gets those that were known.
lead_alarm = Table(
    "lead_alarm",
    metadata,
    tenant_column(),
    Column("lead_id", Uuid(as_uuid=False), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    moment("at"),
    moment("recorded_at"),
    PrimaryKeyConstraint("tenant_id", "lead_id", "version", "kind", name="lead_alarm_pkey"),
    CheckConstraint("kind IN ('silent', 'withdrawn')", name="lead_alarm_kind_check"),
)

# All conversions and their undoings, so that a question about the past gets those that were known.
lead_conversion = Table(
    "lead_conversion",
    metadata,
    tenant_column(),
    Column("lead_id", Uuid(as_uuid=False), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    moment("at"),
    moment("recorded_at"),
    PrimaryKeyConstraint("tenant_id", "lead_id", "version", "kind", name="lead_conversion_pkey"),
    CheckConstraint("kind IN ('converted', 'undone')", name="lead_conversion_kind_check"),
)

# How each opportunity stood at each version that a fact told of.
opportunity_progress = Table(
    "opportunity_progress",
    metadata,
    tenant_column(),
    Column("opportunity_id", Uuid(as_uuid=False), nullable=False),
    Column("version", BigInteger, nullable=False),
    moment("created_at"),
    Column("lead_id", Uuid(as_uuid=False)),
    Column("owner_id", Uuid(as_uuid=False), nullable=False),
    Column("team_id", Uuid(as_uuid=False)),
    Column("state", Text, nullable=False),
    moment("recorded_at"),
    Column("product_line", Text),
    Column("stage", Text),
    # When it was won or lost; NULL while it is open.
    moment("decided_at", nullable=True),
    PrimaryKeyConstraint("tenant_id", "opportunity_id", "version", name="opportunity_progress_pkey"),
    Index("opportunity_progress_created_idx", "tenant_id", "created_at"),
    Index("opportunity_progress_lead_idx", "tenant_id", "lead_id", postgresql_where=text("lead_id IS NOT NULL")),
    Index("opportunity_progress_decided_idx", "tenant_id", "decided_at", postgresql_where=_DECIDED),
)

joined_submission = Table(
    "joined_submission",
    metadata,
    tenant_column(),
    Column("submission_id", Uuid(as_uuid=False), nullable=False),
    Column("lead_id", Uuid(as_uuid=False), nullable=False),
    Column("source", Text, nullable=False),
    # NULL where only the undoing of the join has been told so far.
    moment("joined_at", nullable=True),
    moment("recorded_at", nullable=True),
    moment("undone_recorded_at", nullable=True),
    PrimaryKeyConstraint("tenant_id", "submission_id", name="joined_submission_pkey"),
    Index("joined_submission_joined_idx", "tenant_id", "joined_at"),
)
