"""Create the funnel: what the facts say of each lead's way. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    op.execute(
        """
        CREATE TABLE lead_funnel (
            tenant_id uuid NOT NULL,
            lead_id uuid NOT NULL,
            source text,
            owner_id uuid,
            team_id uuid,
            owner_version bigint NOT NULL,
            received_at timestamptz,
            received_recorded_at timestamptz,
            assigned_at timestamptz,
            assigned_recorded_at timestamptz,
            followed_up_at timestamptz,
            followed_up_recorded_at timestamptz,
            silent_at timestamptz,
            silent_recorded_at timestamptz,
            closed_at timestamptz,
            closed_recorded_at timestamptz,
            converted_at timestamptz,
            converted_recorded_at timestamptz,
            CONSTRAINT lead_funnel_pkey PRIMARY KEY (tenant_id, lead_id)
        )
        """
    )
    op.execute("CREATE INDEX lead_funnel_received_idx ON lead_funnel (tenant_id, received_at)")
    op.execute("CREATE INDEX lead_funnel_owner_idx ON lead_funnel (tenant_id, owner_id, received_at)")
    op.execute("CREATE INDEX lead_funnel_team_idx ON lead_funnel (tenant_id, team_id, received_at)")
    op.execute(
        """
        CREATE TABLE lead_owner (
            tenant_id uuid NOT NULL,
            lead_id uuid NOT NULL,
            version bigint NOT NULL,
            owner_id uuid,
            team_id uuid,
            recorded_at timestamptz NOT NULL,
            CONSTRAINT lead_owner_pkey PRIMARY KEY (tenant_id, lead_id, version)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE lead_alarm (
            tenant_id uuid NOT NULL,
            lead_id uuid NOT NULL,
            version bigint NOT NULL,
            kind text NOT NULL,
            at timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL,
            CONSTRAINT lead_alarm_pkey PRIMARY KEY (tenant_id, lead_id, version, kind),
            CONSTRAINT lead_alarm_kind_check CHECK (kind IN ('silent', 'withdrawn'))
        )
        """
    )
    op.execute(
        """
        CREATE TABLE joined_submission (
            tenant_id uuid NOT NULL,
            submission_id uuid NOT NULL,
            lead_id uuid NOT NULL,
            source text NOT NULL,
            joined_at timestamptz,
            recorded_at timestamptz,
            undone_recorded_at timestamptz,
            CONSTRAINT joined_submission_pkey PRIMARY KEY (tenant_id, submission_id)
        )
        """
    )
    op.execute("CREATE INDEX joined_submission_joined_idx ON joined_submission (tenant_id, joined_at)")
    for table in ("lead_funnel", "lead_owner", "lead_alarm", "joined_submission"):
        secure_table(op, "scoring", table)
