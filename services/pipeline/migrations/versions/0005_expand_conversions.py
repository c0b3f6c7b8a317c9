"""Create durable processes and conversions of leads. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import create_process_table, secure_table

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    create_process_table(op, "pipeline")
    op.execute(
        """
        CREATE TABLE conversion (
            id uuid NOT NULL,
            tenant_id uuid NOT NULL,
            lead_id uuid NOT NULL,
            customer_id uuid NOT NULL,
            is_new_customer boolean NOT NULL,
            customer_name text NOT NULL,
            contact_id uuid,
            is_new_contact boolean NOT NULL,
            opportunity_id uuid NOT NULL,
            opportunity_version bigint NOT NULL,
            product_line text NOT NULL,
            title text NOT NULL,
            amount_hundredths bigint,
            currency text,
            expected_close_date date,
            owner_id uuid NOT NULL,
            team_id uuid,
            requested_by text NOT NULL,
            undone_by text NOT NULL,
            state text NOT NULL,
            steps jsonb NOT NULL,
            failed_step text NOT NULL,
            failure_reason text NOT NULL,
            added text[] NOT NULL,
            created_at timestamptz NOT NULL,
            changed_at timestamptz NOT NULL,
            version bigint NOT NULL,
            CONSTRAINT conversion_pkey PRIMARY KEY (id)
        )
        """
    )
    op.execute(
        "CREATE UNIQUE INDEX conversion_live_key ON conversion (tenant_id, lead_id)"
        " WHERE state IN ('running', 'done', 'reverting', 'undoing')"
    )
    op.execute("CREATE INDEX conversion_tenant_id_idx ON conversion (tenant_id, id)")
    op.execute("CREATE INDEX conversion_lead_idx ON conversion (tenant_id, lead_id, id)")
    op.execute("CREATE INDEX conversion_owner_idx ON conversion (tenant_id, owner_id, id)")
    op.execute("CREATE INDEX conversion_customer_idx ON conversion (tenant_id, customer_id, id)")
    secure_table(op, "pipeline", "conversion", rights="SELECT, INSERT, UPDATE")
