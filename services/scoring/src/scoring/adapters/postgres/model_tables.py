"""The tables of lead models. Migrations create them; a test holds the two together."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
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

training_example = Table(
    "training_example",
    metadata,
    tenant_column(),
    Column("example_id", Text, nullable=False),
    Column("fields", JSONB, nullable=False),
    Column("is_won", Boolean, nullable=False),
    moment("happened_at", nullable=True),
    moment("imported_at"),
    PrimaryKeyConstraint("tenant_id", "example_id", name="training_example_pkey"),
)

model_training = Table(
    "model_training",
    metadata,
    tenant_column(),
    Column("id", Uuid(as_uuid=False), nullable=False),
    Column("state", Text, nullable=False),
    Column("source", Text, nullable=False),
    # The rest of the order.
    Column("plan", JSONB, nullable=False),
    moment("ordered_at"),
    Column("ordered_by", Text, nullable=False),
    moment("ended_at", nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("model_id", Uuid(as_uuid=False)),
    Column("failure", Text, nullable=False),
    Column("figures", JSONB, nullable=False),
    PrimaryKeyConstraint("tenant_id", "id", name="model_training_pkey"),
    CheckConstraint("state IN ('queued', 'running', 'succeeded', 'failed')", name="model_training_state_check"),
    Index(
        "model_training_one_idx",
        "tenant_id",
        unique=True,
        postgresql_where=text("state = ANY (ARRAY['queued'::text, 'running'::text])"),
    ),
)

lead_model = Table(
    "lead_model",
    metadata,
    tenant_column(),
    Column("id", Uuid(as_uuid=False), nullable=False),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    moment("trained_at"),
    Column("training_id", Uuid(as_uuid=False), nullable=False),
    Column("sha256", Text, nullable=False),
    Column("artifact", LargeBinary, nullable=False),
    Column("report", JSONB, nullable=False),
    Column("chart", LargeBinary, nullable=False),
    moment("published_at", nullable=True),
    Column("published_by", Text, nullable=False),
    Column("force_reason", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "id", name="lead_model_pkey"),
    UniqueConstraint("tenant_id", "number", name="lead_model_number_key"),
    CheckConstraint("state IN ('candidate', 'shadow', 'live', 'retired')", name="lead_model_state_check"),
    Index("lead_model_live_idx", "tenant_id", unique=True, postgresql_where=text("state = 'live'")),
    Index("lead_model_shadow_idx", "tenant_id", unique=True, postgresql_where=text("state = 'shadow'")),
)

# What became of models, in order; the sequence is that of the events.
model_promotion = Table(
    "model_promotion",
    metadata,
    tenant_column(),
    Column("sequence", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("model_id", Uuid(as_uuid=False), nullable=False),
    Column("replaced_model_id", Uuid(as_uuid=False)),
    moment("promoted_at"),
    Column("promoted_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "sequence", name="model_promotion_pkey"),
)
