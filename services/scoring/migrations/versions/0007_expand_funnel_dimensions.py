"""Give leads and opportunities the dimensions that the funnel is grouped by.

New columns without a default take their table's lock for a moment only. The indexes are built under a lock that lets
readers in and keeps writers out: consumers wait meanwhile and go on afterwards, and nothing but they writes here.
Rows of before stay without values until the owners of the facts emit snapshots.
"""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds the columns, and indexes for opportunities by their lead and by their decision."""
    op.execute("ALTER TABLE lead_funnel ADD COLUMN product_line text, ADD COLUMN region text, ADD COLUMN industry text")
    op.execute(
        "ALTER TABLE opportunity_progress"
        " ADD COLUMN product_line text, ADD COLUMN stage text, ADD COLUMN decided_at timestamptz"
    )
    op.execute(
        "CREATE INDEX opportunity_progress_lead_idx ON opportunity_progress (tenant_id, lead_id)"
        " WHERE lead_id IS NOT NULL"
    )
    op.execute(
        "CREATE INDEX opportunity_progress_decided_idx ON opportunity_progress (tenant_id, decided_at)"
        " WHERE decided_at IS NOT NULL"
    )
