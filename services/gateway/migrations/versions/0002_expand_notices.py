"""Create the notices of the last 24 hours. A new table: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Creates the table with its row-level security."""
    op.execute(
        """
        CREATE TABLE notice (
            tenant_id uuid NOT NULL,
            event_id uuid NOT NULL,
            recorded_at timestamptz NOT NULL,
            payload bytea NOT NULL,
            CONSTRAINT notice_pkey PRIMARY KEY (tenant_id, event_id)
        )
        """
    )
    op.execute("CREATE INDEX notice_recorded_idx ON notice (tenant_id, recorded_at, event_id)")
    secure_table(op, "gateway", "notice", rights="SELECT, INSERT, DELETE")
