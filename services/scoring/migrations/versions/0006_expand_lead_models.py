"""Create lead models with what they are trained from. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    op.execute(
        """
        CREATE TABLE training_example (
            tenant_id uuid NOT NULL,
            example_id text NOT NULL,
            fields jsonb NOT NULL,
            is_won boolean NOT NULL,
            happened_at timestamptz,
            imported_at timestamptz NOT NULL,
            CONSTRAINT training_example_pkey PRIMARY KEY (tenant_id, example_id)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE model_training (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            state text NOT NULL,
            source text NOT NULL,
            plan jsonb NOT NULL,
            ordered_at timestamptz NOT NULL,
            ordered_by text NOT NULL,
            ended_at timestamptz,
            attempts integer NOT NULL,
            model_id uuid,
            failure text NOT NULL,
            figures jsonb NOT NULL,
            CONSTRAINT model_training_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT model_training_state_check CHECK (state IN ('queued', 'running', 'succeeded', 'failed'))
        )
        """
    )
    op.execute(
        "CREATE UNIQUE INDEX model_training_one_idx ON model_training (tenant_id) WHERE state IN ('queued', 'running')"
    )
    op.execute(
        """
        CREATE TABLE lead_model (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            number integer NOT NULL,
            state text NOT NULL,
            trained_at timestamptz NOT NULL,
            training_id uuid NOT NULL,
            sha256 text NOT NULL,
            artifact bytea NOT NULL,
            report jsonb NOT NULL,
            chart bytea NOT NULL,
            published_at timestamptz,
            published_by text NOT NULL,
            force_reason text NOT NULL,
            CONSTRAINT lead_model_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT lead_model_number_key UNIQUE (tenant_id, number),
            CONSTRAINT lead_model_state_check CHECK (state IN ('candidate', 'shadow', 'live', 'retired'))
        )
        """
    )
    op.execute("CREATE UNIQUE INDEX lead_model_live_idx ON lead_model (tenant_id) WHERE state = 'live'")
    op.execute("CREATE UNIQUE INDEX lead_model_shadow_idx ON lead_model (tenant_id) WHERE state = 'shadow'")
    op.execute(
        """
        CREATE TABLE model_promotion (
            tenant_id uuid NOT NULL,
            sequence bigint NOT NULL,
            kind text NOT NULL,
            model_id uuid NOT NULL,
            replaced_model_id uuid,
            promoted_at timestamptz NOT NULL,
            promoted_by text NOT NULL,
            reason text NOT NULL,
            CONSTRAINT model_promotion_pkey PRIMARY KEY (tenant_id, sequence)
        )
        """
    )
    for table in ("training_example", "model_training", "lead_model"):
        secure_table(op, "scoring", table)
    secure_table(op, "scoring", "model_promotion", rights="SELECT, INSERT")
