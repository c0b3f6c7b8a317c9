"""Keep merges of customers.

New columns are NULL, so the table is not rewritten. The credit code stands with one customer that is not merged: a new
index says so in place of the old one. Building it holds off writers of `customer` while it reads the table, a second
for some hundred thousand customers; the code that is running obeys the new index as it did the old.
"""

from alembic import op

from chassis.schema import secure_table

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Adds the columns, the table and the indices."""
    op.execute("ALTER TABLE customer ADD COLUMN merged_into uuid, ADD COLUMN survivor_id uuid")
    op.execute("ALTER TABLE customer_contact ADD COLUMN origin_id uuid")
    op.execute(
        "CREATE UNIQUE INDEX customer_own_credit_code_idx ON customer (tenant_id, credit_code)"
        " WHERE credit_code <> '' AND merged_into IS NULL"
    )
    op.execute("DROP INDEX customer_credit_code_idx")
    op.execute("CREATE INDEX customer_survivor_idx ON customer (tenant_id, survivor_id) WHERE survivor_id IS NOT NULL")
    op.execute(
        """
        CREATE TABLE customer_merge (
            id uuid CONSTRAINT customer_merge_pkey PRIMARY KEY,
            tenant_id uuid NOT NULL,
            survivor_id uuid NOT NULL,
            merged_id uuid NOT NULL,
            survivor_version bigint NOT NULL,
            reason text NOT NULL,
            merged_by text NOT NULL,
            merged_at timestamptz NOT NULL,
            changes jsonb NOT NULL,
            names jsonb NOT NULL,
            undone_at timestamptz,
            undone_by text NOT NULL,
            undo_reason text NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX customer_merge_survivor_idx ON customer_merge (tenant_id, survivor_id, id)")
    op.execute("CREATE INDEX customer_merge_merged_idx ON customer_merge (tenant_id, merged_id, id)")
    op.execute(
        "CREATE UNIQUE INDEX customer_merge_in_force_idx ON customer_merge (tenant_id, merged_id)"
        " WHERE undone_at IS NULL"
    )
    secure_table(op, "collab", "customer_merge")
