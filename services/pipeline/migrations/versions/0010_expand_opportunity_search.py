"""Create the keys by which opportunitys are found. A new table: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Creates the table with its row-level security."""
    op.execute(
        """
        CREATE TABLE opportunity_search_key (
            tenant_id uuid NOT NULL,
            key text COLLATE "C" NOT NULL,
            opportunity_id uuid NOT NULL,
            CONSTRAINT opportunity_search_key_pkey PRIMARY KEY (tenant_id, key, opportunity_id)
        )
        """
    )
    op.execute(
        "CREATE INDEX opportunity_search_key_opportunity_idx ON opportunity_search_key (tenant_id, opportunity_id)"
    )
    secure_table(op, "pipeline", "opportunity_search_key")
