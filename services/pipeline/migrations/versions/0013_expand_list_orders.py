"""Give lists of opportunities and follow-ups an index in their own order for each key and filter.

Writers wait while an index is made: of many rows make it concurrently, before.
"""

from alembic import op

revision = "0013"
down_revision = "0012"

_INDEXES = (
    "opportunity_stage_order_idx ON opportunity (tenant_id, stage, id)",
    "opportunity_product_line_idx ON opportunity (tenant_id, product_line, id)",
    "follow_up_team_idx ON follow_up (tenant_id, team_id, id)",
    "follow_up_customer_order_idx ON follow_up (tenant_id, customer_id, id) WHERE customer_id IS NOT NULL",
)


def upgrade() -> None:
    """Makes the indexes."""
    for index in _INDEXES:
        op.execute(f"CREATE INDEX IF NOT EXISTS {index}")
