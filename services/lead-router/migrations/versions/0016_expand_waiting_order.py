"""Give waiting leads an index in the order in which they are looked at: urgent ones first. Nobody waits for it."""

from alembic import op

from chassis.schema import create_index_concurrently

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Makes the index, beside writers."""
    create_index_concurrently(
        op, "lead_waiting_order_idx", "lead (tenant_id, is_urgent DESC, received_at) WHERE state = 'waiting'"
    )
