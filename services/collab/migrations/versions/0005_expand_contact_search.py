"""Create the keys by which customer contacts are found. A new table: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Creates the table with its row-level security."""
    op.execute(
        """
        CREATE TABLE customer_contact_search_key (
            tenant_id uuid NOT NULL,
            key text COLLATE "C" NOT NULL,
            contact_id uuid NOT NULL,
            customer_id uuid NOT NULL,
            CONSTRAINT customer_contact_search_key_pkey PRIMARY KEY (tenant_id, key, contact_id)
        )
        """
    )
    op.execute(
        "CREATE INDEX customer_contact_search_key_contact_idx ON customer_contact_search_key (tenant_id, contact_id)"
    )
    secure_table(op, "collab", "customer_contact_search_key")
