"""Create the list of times that the database was brought back. A new table: no lock that anyone waits for."""

from alembic import op

from chassis.schema import create_restoration_table

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Creates the table, unless the first migration of a new database has made it already."""
    create_restoration_table(op, "scoring")
