"""Create the timeline of customers. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    op.execute(
        """
        CREATE TABLE timeline_entry (
            id uuid CONSTRAINT timeline_entry_pkey PRIMARY KEY,
            tenant_id uuid NOT NULL,
            customer_id uuid,
            lead_id uuid,
            is_by_lead boolean NOT NULL,
            kind text NOT NULL,
            occurred_at timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL,
            actor text NOT NULL,
            person_id uuid,
            department text NOT NULL,
            roles text[] NOT NULL,
            resource text NOT NULL,
            reference_ids jsonb NOT NULL,
            facts jsonb NOT NULL
        )
        """
    )
    op.execute(
        "CREATE INDEX timeline_entry_customer_idx ON timeline_entry (tenant_id, customer_id, occurred_at, id)"
        " WHERE customer_id IS NOT NULL"
    )
    op.execute("CREATE INDEX timeline_entry_lead_idx ON timeline_entry (tenant_id, lead_id) WHERE lead_id IS NOT NULL")
    op.execute(
        """
        CREATE TABLE timeline_lead (
            tenant_id uuid NOT NULL,
            lead_id uuid NOT NULL,
            customer_id uuid,
            decided_at timestamptz NOT NULL,
            CONSTRAINT timeline_lead_pkey PRIMARY KEY (tenant_id, lead_id)
        )
        """
    )
    for table in ("timeline_entry", "timeline_lead"):
        secure_table(op, "collab", table)
