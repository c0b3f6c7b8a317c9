"""Create what is known of opportunities. A new table: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Creates the table with its row-level security."""
    op.execute(
        """
        CREATE TABLE opportunity_progress (
            tenant_id uuid NOT NULL,
            opportunity_id uuid NOT NULL,
            version bigint NOT NULL,
            created_at timestamptz NOT NULL,
            lead_id uuid,
            owner_id uuid NOT NULL,
            team_id uuid,
            state text NOT NULL,
            recorded_at timestamptz NOT NULL,
            CONSTRAINT opportunity_progress_pkey PRIMARY KEY (tenant_id, opportunity_id, version)
        )
        """
    )
    op.execute("CREATE INDEX opportunity_progress_created_idx ON opportunity_progress (tenant_id, created_at)")
    secure_table(op, "scoring", "opportunity_progress")
