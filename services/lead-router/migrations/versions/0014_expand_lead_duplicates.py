"""Create the pairs of leads that may be one customer. A new table: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Creates the table with its row-level security."""
    op.execute(
        """
        CREATE TABLE lead_duplicate (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            lead_id uuid NOT NULL,
            other_id uuid NOT NULL,
            state text NOT NULL,
            is_shown boolean NOT NULL,
            finding jsonb NOT NULL,
            suspected_at timestamptz NOT NULL,
            settled_at timestamptz,
            settled_by uuid,
            CONSTRAINT lead_duplicate_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT lead_duplicate_pair_key UNIQUE (tenant_id, lead_id, other_id)
        )
        """
    )
    op.execute("CREATE INDEX lead_duplicate_other_idx ON lead_duplicate (tenant_id, other_id)")
    op.execute("CREATE INDEX lead_duplicate_state_idx ON lead_duplicate (tenant_id, state, id)")
    secure_table(op, "lead-router", "lead_duplicate")
