"""Create files, what refers to them, links, downloads and settings. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.files.tables import create_file_tables

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    create_file_tables(op, "pipeline")
