"""The tables of tasks. A migration creates them; a test holds the two together."""

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, Uuid
from sqlalchemy import PrimaryKeyConstraint as PrimaryKey
from sqlalchemy.dialects.postgresql import JSONB

from chassis.tables import moment, tenant_column
from collab.adapters.postgres.tables import metadata

task = Table(
    "task",
    metadata,
    Column("id", Uuid(as_uuid=False), nullable=False),
    tenant_column(),
    Column("kind", Text, nullable=False),  # manual, or the rule that made it
    Column("cause", Text, nullable=False),  # what a rule made it for; empty where somebody made it
    Column("title", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("assignee_id", Uuid(as_uuid=False), nullable=False),
    Column("team_id", Uuid(as_uuid=False), nullable=False),
    Column("creator_id", Uuid(as_uuid=False)),
    Column("customer_id", Uuid(as_uuid=False)),
    Column("lead_id", Uuid(as_uuid=False)),
    Column("opportunity_id", Uuid(as_uuid=False)),
    moment("due_at"),
    Column("state", Text, nullable=False),  # open | done | cancelled
    Column("told_levels_up", Integer, nullable=False),
    Column("closing_note", Text, nullable=False),
    moment("closed_at", nullable=True),
    Column("closed_by", Text, nullable=False),
    moment("created_at"),
    moment("updated_at"),
    Column("version", BigInteger, nullable=False),
    PrimaryKey("id", name="task_pkey"),
    Index("task_order_idx", "tenant_id", "due_at", "id"),
    Index("task_state_order_idx", "tenant_id", "state", "due_at", "id"),
    Index("task_assignee_order_idx", "tenant_id", "assignee_id", "due_at", "id"),
    Index("task_team_order_idx", "tenant_id", "team_id", "due_at", "id"),
    Index("task_assignee_idx", "tenant_id", "assignee_id", "state", "due_at", "id"),
    Index("task_team_idx", "tenant_id", "team_id", "state", "due_at", "id"),
    Index("task_customer_order_idx", "tenant_id", "customer_id", "due_at", "id", "state"),
    Index("task_creator_idx", "tenant_id", "creator_id", "due_at", "id"),
    Index("task_cause_idx", "tenant_id", "cause", unique=True, postgresql_where="cause <> '' AND state = 'open'"),
)

task_settings = Table(
    "task_settings",
    metadata,
    tenant_column(),
    Column("remind_before_min", Integer, nullable=False),
    Column("steps", JSONB, nullable=False),  # [[after working days, levels up]]
    Column("version", BigInteger, nullable=False),
    PrimaryKey("tenant_id", name="task_settings_pkey"),
)
