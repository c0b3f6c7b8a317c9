"""Create the models that score leads in this service. A new table: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Creates the table with its row-level security."""
    op.execute(
        """
        CREATE TABLE lead_model (
            tenant_id uuid NOT NULL,
            role text NOT NULL,
            sequence bigint NOT NULL,
            model_id uuid NOT NULL,
            sha256 text NOT NULL,
            is_stopped boolean NOT NULL,
            announced_at timestamptz NOT NULL,
            artifact bytea,
            fault text NOT NULL,
            CONSTRAINT lead_model_pkey PRIMARY KEY (tenant_id, role, sequence),
            CONSTRAINT lead_model_role_check CHECK (role IN ('live', 'shadow'))
        )
        """
    )
    secure_table(op, "lead-router", "lead_model")
