"""Create follow-ups and the read copy of leads. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    op.execute(
        """
        CREATE TABLE follow_up (
            id uuid CONSTRAINT follow_up_pkey PRIMARY KEY,
            tenant_id uuid NOT NULL,
            lead_id uuid,
            customer_id uuid,
            person_id uuid NOT NULL,
            team_id uuid,
            channel text NOT NULL,
            tags text[] NOT NULL,
            summary text NOT NULL,
            next_action text,
            next_action_at timestamptz,
            occurred_at timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL,
            custom jsonb NOT NULL,
            version bigint NOT NULL,
            CONSTRAINT follow_up_one_subject_check CHECK ((lead_id IS NULL) <> (customer_id IS NULL))
        )
        """
    )
    op.execute("CREATE INDEX follow_up_tenant_id_idx ON follow_up (tenant_id, id)")
    op.execute("CREATE INDEX follow_up_lead_idx ON follow_up (tenant_id, lead_id, occurred_at)")
    op.execute("CREATE INDEX follow_up_customer_idx ON follow_up (tenant_id, customer_id, occurred_at)")
    op.execute("CREATE INDEX follow_up_person_idx ON follow_up (tenant_id, person_id, id)")
    op.execute(
        """
        CREATE TABLE lead_standing (
            tenant_id uuid NOT NULL,
            lead_id uuid NOT NULL,
            state text NOT NULL,
            owner_id uuid,
            team_id uuid,
            version bigint NOT NULL,
            CONSTRAINT lead_standing_pkey PRIMARY KEY (tenant_id, lead_id)
        )
        """
    )
    for table in ("follow_up", "lead_standing"):
        secure_table(op, "pipeline", table)
