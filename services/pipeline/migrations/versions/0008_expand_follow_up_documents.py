"""Add what files a follow-up carries. The lock is held for a moment: with a constant default no row is rewritten."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Adds the column; the code still running leaves it at its default."""
    op.execute("ALTER TABLE follow_up ADD COLUMN documents jsonb NOT NULL DEFAULT '[]'")
