"""Create the metric dictionary. A new table: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Creates the table with its row-level security; versions are only ever added."""
    op.execute(
        """
        CREATE TABLE metric_definition (
            tenant_id uuid NOT NULL,
            code text NOT NULL,
            version integer NOT NULL,
            document jsonb NOT NULL,
            published_at timestamptz NOT NULL,
            published_by text NOT NULL,
            note text NOT NULL,
            CONSTRAINT metric_definition_pkey PRIMARY KEY (tenant_id, code, version)
        )
        """
    )
    secure_table(op, "scoring", "metric_definition", rights="SELECT, INSERT")
