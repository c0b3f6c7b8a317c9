"""Create stage models. A new table: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Creates the table with its row-level security; versions are only ever added."""
    op.execute(
        """
        CREATE TABLE stage_model (
            tenant_id uuid NOT NULL,
            product_line text NOT NULL,
            version integer NOT NULL,
            id uuid NOT NULL,
            document jsonb NOT NULL,
            published_at timestamptz NOT NULL,
            published_by text NOT NULL,
            note text NOT NULL,
            CONSTRAINT stage_model_pkey PRIMARY KEY (tenant_id, product_line, version),
            CONSTRAINT stage_model_id_key UNIQUE (tenant_id, id)
        )
        """
    )
    secure_table(op, "pipeline", "stage_model", rights="SELECT, INSERT")
