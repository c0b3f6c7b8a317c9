"""Create signals, what they add up to, and behaviour rules. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    op.execute(
        """
        CREATE TABLE lead_signal (
            tenant_id uuid NOT NULL,
            source text NOT NULL,
            signal_id text NOT NULL,
            lead_id uuid NOT NULL,
            subject text NOT NULL,
            occurred_at timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL,
            submitter text NOT NULL,
            content bytea NOT NULL,
            CONSTRAINT lead_signal_pkey PRIMARY KEY (tenant_id, source, signal_id)
        )
        """
    )
    op.execute("CREATE INDEX lead_signal_occurred_idx ON lead_signal (tenant_id, occurred_at)")
    op.execute(
        """
        CREATE TABLE lead_features (
            tenant_id uuid NOT NULL,
            lead_id uuid NOT NULL,
            document jsonb NOT NULL,
            CONSTRAINT lead_features_pkey PRIMARY KEY (tenant_id, lead_id)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE behaviour_rules (
            tenant_id uuid NOT NULL,
            version integer NOT NULL,
            document jsonb NOT NULL,
            published_at timestamptz NOT NULL,
            published_by text NOT NULL,
            note text NOT NULL,
            CONSTRAINT behaviour_rules_pkey PRIMARY KEY (tenant_id, version)
        )
        """
    )
    for table in ("lead_signal", "lead_features"):
        secure_table(op, "lead-router", table)
    secure_table(op, "lead-router", "behaviour_rules", rights="SELECT, INSERT")
