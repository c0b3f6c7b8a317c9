"""Create the event warehouse: all facts, append-only. A new table: no lock that anyone waits for.

The key begins with the tenant and `recorded_at`, and every fact has one `recorded_at` for ever. So the table can become
one partition of a table partitioned by `recorded_at`, under the same key, without being written again.
"""

from alembic import op

from chassis.schema import secure_table

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Creates the table with its row-level security and without the right to change what it holds."""
    op.execute(
        """
        CREATE TABLE fact (
            tenant_id uuid NOT NULL,
            recorded_at timestamptz NOT NULL,
            event_id uuid NOT NULL,
            type text NOT NULL,
            aggregate_id text NOT NULL,
            aggregate_version bigint NOT NULL,
            occurred_at timestamptz NOT NULL,
            actor text NOT NULL,
            lead_id uuid,
            owner_id uuid,
            person_id uuid,
            team_id uuid,
            source text,
            payload jsonb NOT NULL,
            CONSTRAINT fact_pkey PRIMARY KEY (tenant_id, recorded_at, event_id)
        )
        """
    )
    op.execute("CREATE INDEX fact_lead_idx ON fact (tenant_id, lead_id, recorded_at) WHERE lead_id IS NOT NULL")
    op.execute("CREATE INDEX fact_type_idx ON fact (tenant_id, type, occurred_at)")
    secure_table(op, "scoring", "fact", rights="SELECT, INSERT")
