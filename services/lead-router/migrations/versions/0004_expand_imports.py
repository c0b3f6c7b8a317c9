"""Create imports with the outcome of every row. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    op.execute(
        """
        CREATE TABLE lead_import (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            file_name text NOT NULL,
            digest text NOT NULL,
            dry_run boolean NOT NULL,
            state text NOT NULL,
            started_by text NOT NULL,
            started_at timestamptz NOT NULL,
            undone bigint NOT NULL DEFAULT 0,
            kept bigint NOT NULL DEFAULT 0,
            CONSTRAINT lead_import_pkey PRIMARY KEY (tenant_id, id)
        )
        """
    )
    op.execute(
        "CREATE UNIQUE INDEX lead_import_digest_idx ON lead_import (tenant_id, digest, dry_run) WHERE state <> 'undone'"
    )
    op.execute(
        """
        CREATE TABLE import_row (
            tenant_id uuid NOT NULL,
            import_id uuid NOT NULL,
            row_number bigint NOT NULL,
            content_hash bytea NOT NULL,
            outcome text NOT NULL,
            submission_id uuid,
            lead_id uuid,
            reason text NOT NULL,
            detail text NOT NULL,
            CONSTRAINT import_row_pkey PRIMARY KEY (tenant_id, import_id, row_number)
        )
        """
    )
    op.execute("CREATE INDEX import_row_outcome_idx ON import_row (tenant_id, import_id, outcome, row_number)")
    secure_table(op, "lead-router", "lead_import")
    secure_table(op, "lead-router", "import_row", rights="SELECT, INSERT")
