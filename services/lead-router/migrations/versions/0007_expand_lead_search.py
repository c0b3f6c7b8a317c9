"""Create the keys by which leads are found. A new table: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Creates the table with its row-level security."""
    op.execute(
        """
        CREATE TABLE lead_search_key (
            tenant_id uuid NOT NULL,
            key text COLLATE "C" NOT NULL,
            lead_id uuid NOT NULL,
            is_personal boolean NOT NULL,
            CONSTRAINT lead_search_key_pkey PRIMARY KEY (tenant_id, key, lead_id)
        )
        """
    )
    op.execute("CREATE INDEX lead_search_key_lead_idx ON lead_search_key (tenant_id, lead_id)")
    secure_table(op, "lead-router", "lead_search_key")
