"""The tables of stage models, opportunities and their history."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
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
from pipeline.adapters.postgres.tables import metadata

stage_model = Table(
    "stage_model",
    metadata,
    tenant_column(),
    Column("product_line", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("id", Uuid(as_uuid=False), nullable=False),
    Column("document", JSONB, nullable=False),
    moment("published_at"),
    Column("published_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "product_line", "version", name="stage_model_pkey"),
    UniqueConstraint("tenant_id", "id", name="stage_model_id_key"),
)


def _opportunity_columns() -> list[Column[Any]]:
    return [
        Column("id", Uuid(as_uuid=False), nullable=False),
        tenant_column(),
        Column("customer_id", Uuid(as_uuid=False), nullable=False),
        Column("lead_id", Uuid(as_uuid=False)),
        Column("product_line", Text, nullable=False),
        Column("stage_model_id", Uuid(as_uuid=False), nullable=False),
        Column("title", Text, nullable=False),
        Column("owner_id", Uuid(as_uuid=False), nullable=False),
        Column("team_id", Uuid(as_uuid=False)),
        Column("amount_hundredths", BigInteger),
        Column("currency", Text),
        Column("expected_close_date", Date),
        Column("custom", JSONB, nullable=False),
        Column("stage", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("loss_reason", Text, nullable=False),
        # By code of the item: by, at, and where there is one the evidence and the note.
        Column("fulfilled", JSONB, nullable=False),
        Column("skips", Integer, nullable=False),
        Column("move_count", Integer, nullable=False),
        moment("created_at"),
        moment("stage_entered_at"),
        moment("closed_at", nullable=True),
        moment("changed_at"),
        Column("version", BigInteger, nullable=False),
    ]


opportunity = Table(
    "opportunity",
    metadata,
    *_opportunity_columns(),
    PrimaryKeyConstraint("id", name="opportunity_pkey"),
    CheckConstraint("amount_hundredths >= 0", name="opportunity_amount_check"),
    CheckConstraint("(amount_hundredths IS NULL) = (currency IS NULL)", name="opportunity_currency_check"),
    CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="opportunity_closed_check"),
    Index("opportunity_tenant_id_idx", "tenant_id", "id"),
    Index("opportunity_owner_idx", "tenant_id", "owner_id", "id"),
    Index("opportunity_team_idx", "tenant_id", "team_id", "id"),
    Index("opportunity_customer_idx", "tenant_id", "customer_id", "id"),
    Index("opportunity_lead_idx", "tenant_id", "lead_id", postgresql_where=text("lead_id IS NOT NULL")),
    Index("opportunity_stage_idx", "tenant_id", "state", "stage", "id"),
    Index("opportunity_stage_order_idx", "tenant_id", "stage", "id"),
    Index("opportunity_product_line_idx", "tenant_id", "product_line", "id"),
)

# Every version of every opportunity, whole, so that each can be read as it was.
opportunity_revision = Table(
    "opportunity_revision",
    metadata,
    *_opportunity_columns(),
    PrimaryKeyConstraint("tenant_id", "id", "version", name="opportunity_revision_pkey"),
)

stage_move = Table(
    "stage_move",
    metadata,
    tenant_column(),
    Column("opportunity_id", Uuid(as_uuid=False), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("from_stage", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("state", Text, nullable=False),
    moment("at"),
    Column("by", Text, nullable=False),
    # Owner, team and product line at that time: the move counts to them, whoever has the opportunity later.
    Column("owner_id", Uuid(as_uuid=False), nullable=False),
    Column("team_id", Uuid(as_uuid=False)),
    Column("product_line", Text, nullable=False),
    Column("skipped_stages", ARRAY(Text), nullable=False),
    Column("missing_items", ARRAY(Text), nullable=False),
    Column("reason", Text, nullable=False),
    Column("loss_reason", Text, nullable=False),
    PrimaryKeyConstraint("tenant_id", "opportunity_id", "number", name="stage_move_pkey"),
    Index("stage_move_at_idx", "tenant_id", "at", postgresql_where=text("kind IN ('advanced', 'skipped')")),
)

opportunity_search_key = Table(
    "opportunity_search_key",
    metadata,
    tenant_column(),
    Column("key", Text(collation="C"), nullable=False),
    Column("opportunity_id", Uuid(as_uuid=False), nullable=False),
    PrimaryKeyConstraint("tenant_id", "key", "opportunity_id", name="opportunity_search_key_pkey"),
    Index("opportunity_search_key_opportunity_idx", "tenant_id", "opportunity_id"),
)
