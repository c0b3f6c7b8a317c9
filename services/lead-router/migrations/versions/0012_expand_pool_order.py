"""Give the leads of a pool an index in their own order, without stopping writers. It costs other leads nothing."""

from alembic import op

from chassis.schema import create_index_concurrently

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Makes the index."""
    create_index_concurrently(op, "lead_pool_idx", "lead (tenant_id, pool_id, pooled_at, id) WHERE pool_id IS NOT NULL")
