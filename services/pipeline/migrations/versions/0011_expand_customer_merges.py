"""Create the read copy of merges of customers. A new table: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Creates the table with its row-level security."""
    op.execute(
        """
        CREATE TABLE customer_merge (
            tenant_id uuid NOT NULL,
            customer_id uuid NOT NULL,
            merged_into uuid,
            version bigint NOT NULL,
            CONSTRAINT customer_merge_pkey PRIMARY KEY (tenant_id, customer_id)
        )
        """
    )
    op.execute("CREATE INDEX customer_merge_into_idx ON customer_merge (tenant_id, merged_into)")
    secure_table(op, "pipeline", "customer_merge")
