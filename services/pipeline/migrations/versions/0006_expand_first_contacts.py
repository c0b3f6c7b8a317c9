"""Create the summaries of first contacts and their settings. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    op.execute(
        """
        CREATE TABLE first_contact_summary (
            tenant_id uuid NOT NULL,
            lead_id uuid NOT NULL,
            follow_up_id uuid NOT NULL,
            person_id uuid NOT NULL,
            team_id uuid,
            contacted_at timestamptz NOT NULL,
            due_at timestamptz NOT NULL,
            is_overdue boolean NOT NULL,
            pain_point text,
            decision_chain text,
            intent_level text,
            submitted_by text NOT NULL,
            submitted_at timestamptz,
            version bigint NOT NULL,
            CONSTRAINT first_contact_summary_pkey PRIMARY KEY (tenant_id, lead_id)
        )
        """
    )
    op.execute(
        "CREATE INDEX first_contact_summary_open_idx ON first_contact_summary (tenant_id, follow_up_id)"
        " WHERE submitted_at IS NULL"
    )
    op.execute(
        """
        CREATE TABLE first_contact_settings (
            tenant_id uuid NOT NULL,
            limit_min integer NOT NULL,
            intent_levels jsonb NOT NULL,
            version bigint NOT NULL,
            CONSTRAINT first_contact_settings_pkey PRIMARY KEY (tenant_id)
        )
        """
    )
    for table in ("first_contact_summary", "first_contact_settings"):
        secure_table(op, "pipeline", table, rights="SELECT, INSERT, UPDATE")
