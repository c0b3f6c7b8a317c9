"""Create the chassis' tables. Takes no lock that anyone waits for: the database is new."""

from alembic import op

from chassis.schema import create_chassis_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Creates the tables."""
    create_chassis_tables(op, "gateway")
