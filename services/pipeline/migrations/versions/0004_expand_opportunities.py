"""Create opportunities, their revisions and their stage history. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0004"
down_revision = "0003"

_COLUMNS = """
            id uuid NOT NULL,
            tenant_id uuid NOT NULL,
            customer_id uuid NOT NULL,
            lead_id uuid,
            product_line text NOT NULL,
            stage_model_id uuid NOT NULL,
            title text NOT NULL,
            owner_id uuid NOT NULL,
            team_id uuid,
            amount_hundredths bigint,
            currency text,
            expected_close_date date,
            custom jsonb NOT NULL,
            stage text NOT NULL,
            state text NOT NULL,
            loss_reason text NOT NULL,
            fulfilled jsonb NOT NULL,
            skips integer NOT NULL,
            move_count integer NOT NULL,
            created_at timestamptz NOT NULL,
            stage_entered_at timestamptz NOT NULL,
            closed_at timestamptz,
            changed_at timestamptz NOT NULL,
            version bigint NOT NULL,
"""


def upgrade() -> None:
    """Creates the tables with their row-level security. Of revisions and history, rows are only ever added."""
    op.execute(
        f"""
        CREATE TABLE opportunity ({_COLUMNS}
            CONSTRAINT opportunity_pkey PRIMARY KEY (id),
            CONSTRAINT opportunity_amount_check CHECK (amount_hundredths >= 0),
            CONSTRAINT opportunity_currency_check CHECK ((amount_hundredths IS NULL) = (currency IS NULL)),
            CONSTRAINT opportunity_closed_check CHECK ((state = 'open') = (closed_at IS NULL))
        )
        """
    )
    op.execute("CREATE INDEX opportunity_tenant_id_idx ON opportunity (tenant_id, id)")
    op.execute("CREATE INDEX opportunity_owner_idx ON opportunity (tenant_id, owner_id, id)")
    op.execute("CREATE INDEX opportunity_team_idx ON opportunity (tenant_id, team_id, id)")
    op.execute("CREATE INDEX opportunity_customer_idx ON opportunity (tenant_id, customer_id, id)")
    op.execute("CREATE INDEX opportunity_lead_idx ON opportunity (tenant_id, lead_id) WHERE lead_id IS NOT NULL")
    op.execute("CREATE INDEX opportunity_stage_idx ON opportunity (tenant_id, state, stage, id)")
    op.execute(
        f"""
        CREATE TABLE opportunity_revision ({_COLUMNS}
            CONSTRAINT opportunity_revision_pkey PRIMARY KEY (tenant_id, id, version)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE stage_move (
            tenant_id uuid NOT NULL,
            opportunity_id uuid NOT NULL,
            number integer NOT NULL,
            kind text NOT NULL,
            from_stage text NOT NULL,
            stage text NOT NULL,
            state text NOT NULL,
            at timestamptz NOT NULL,
            by text NOT NULL,
            owner_id uuid NOT NULL,
            team_id uuid,
            product_line text NOT NULL,
            skipped_stages text[] NOT NULL,
            missing_items text[] NOT NULL,
            reason text NOT NULL,
            loss_reason text NOT NULL,
            CONSTRAINT stage_move_pkey PRIMARY KEY (tenant_id, opportunity_id, number)
        )
        """
    )
    op.execute("CREATE INDEX stage_move_at_idx ON stage_move (tenant_id, at) WHERE kind IN ('advanced', 'skipped')")
    secure_table(op, "pipeline", "opportunity", rights="SELECT, INSERT, UPDATE")
    secure_table(op, "pipeline", "opportunity_revision", rights="SELECT, INSERT")
    secure_table(op, "pipeline", "stage_move", rights="SELECT, INSERT")
