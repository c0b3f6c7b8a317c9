"""Create tasks and the tenant's settings for them. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    op.execute(
        """
        CREATE TABLE task (
            id uuid CONSTRAINT task_pkey PRIMARY KEY,
            tenant_id uuid NOT NULL,
            kind text NOT NULL,
            cause text NOT NULL,
            title text NOT NULL,
            details text NOT NULL,
            assignee_id uuid NOT NULL,
            team_id uuid NOT NULL,
            creator_id uuid,
            customer_id uuid,
            lead_id uuid,
            opportunity_id uuid,
            due_at timestamptz NOT NULL,
            state text NOT NULL,
            told_levels_up integer NOT NULL,
            closing_note text NOT NULL,
            closed_at timestamptz,
            closed_by text NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            version bigint NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX task_assignee_idx ON task (tenant_id, assignee_id, state, due_at, id)")
    op.execute("CREATE INDEX task_team_idx ON task (tenant_id, team_id, state, due_at, id)")
    op.execute("CREATE INDEX task_customer_idx ON task (tenant_id, customer_id, due_at, id)")
    op.execute("CREATE INDEX task_creator_idx ON task (tenant_id, creator_id, due_at, id)")
    op.execute("CREATE UNIQUE INDEX task_cause_idx ON task (tenant_id, cause) WHERE cause <> '' AND state = 'open'")
    op.execute(
        """
        CREATE TABLE task_settings (
            tenant_id uuid CONSTRAINT task_settings_pkey PRIMARY KEY,
            remind_before_min integer NOT NULL,
            steps jsonb NOT NULL,
            version bigint NOT NULL
        )
        """
    )
    for table in ("task", "task_settings"):
        secure_table(op, "collab", table)
