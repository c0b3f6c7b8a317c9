"""Give the leads that nobody owns an order of their own: a leader's list shows them beside those of the team.

Writers wait while an index is made: of many leads make it concurrently, before.
"""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Makes the index."""
    op.execute(
        "CREATE INDEX IF NOT EXISTS lead_nobodys_idx ON lead (tenant_id, id) WHERE owner_id IS NULL AND team_id IS NULL"
    )
