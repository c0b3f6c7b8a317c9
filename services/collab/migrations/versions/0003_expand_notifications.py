"""Create notifications and the read copy of urgent leads. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    op.execute(
        """
        CREATE TABLE notification (
            id uuid CONSTRAINT notification_pkey PRIMARY KEY,
            tenant_id uuid NOT NULL,
            event_id uuid NOT NULL,
            person_id uuid NOT NULL,
            kind text NOT NULL,
            part text NOT NULL,
            resource text NOT NULL,
            is_urgent boolean NOT NULL,
            facts jsonb NOT NULL,
            occurred_at timestamptz NOT NULL,
            read_at timestamptz,
            email_state text NOT NULL,
            email_tries integer NOT NULL DEFAULT 0,
            email_due_at timestamptz,
            CONSTRAINT notification_once_key UNIQUE (tenant_id, event_id, person_id)
        )
        """
    )
    op.execute("CREATE INDEX notification_own_idx ON notification (tenant_id, person_id, occurred_at, id)")
    op.execute("CREATE INDEX notification_unread_idx ON notification (tenant_id, person_id) WHERE read_at IS NULL")
    op.execute(
        "CREATE INDEX notification_unread_urgent_idx ON notification (tenant_id, resource)"
        " WHERE is_urgent AND read_at IS NULL"
    )
    op.execute(
        "CREATE INDEX notification_email_idx ON notification (tenant_id, email_due_at) WHERE email_due_at IS NOT NULL"
    )
    op.execute(
        """
        CREATE TABLE urgent_lead (
            tenant_id uuid NOT NULL,
            lead_id uuid NOT NULL,
            CONSTRAINT urgent_lead_pkey PRIMARY KEY (tenant_id, lead_id)
        )
        """
    )
    for table in ("notification", "urgent_lead"):
        secure_table(op, "collab", table)
