"""Create the conversions of leads. A new table: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Creates the table with its row-level security."""
    op.execute(
        """
        CREATE TABLE lead_conversion (
            tenant_id uuid NOT NULL,
            lead_id uuid NOT NULL,
            version bigint NOT NULL,
            kind text NOT NULL,
            at timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL,
            CONSTRAINT lead_conversion_pkey PRIMARY KEY (tenant_id, lead_id, version, kind),
            CONSTRAINT lead_conversion_kind_check CHECK (kind IN ('converted', 'undone'))
        )
        """
    )
    secure_table(op, "scoring", "lead_conversion")
