"""Count the versions of customers and contacts that merges made.

A column with a constant default is added without rewriting the table; the lock on each is held for an instant. Code
that is still running does not name the columns and so leaves them as they are. Merges from before this count as changes
by hand: what they concern is kept rather than taken back.
"""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Adds the columns."""
    op.execute("ALTER TABLE customer ADD COLUMN merge_moves bigint NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE customer_contact ADD COLUMN merge_moves bigint NOT NULL DEFAULT 0")
