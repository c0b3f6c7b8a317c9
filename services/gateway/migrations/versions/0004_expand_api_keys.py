"""Create API keys. A new table: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Creates the table with its row-level security."""
    op.execute(
        """
        CREATE TABLE api_key (
            id uuid CONSTRAINT api_key_pkey PRIMARY KEY,
            tenant_id uuid NOT NULL,
            name text NOT NULL,
            person_id uuid NOT NULL,
            permissions text[] NOT NULL,
            prefix text NOT NULL,
            digest bytea NOT NULL,
            rate_per_s integer NOT NULL,
            created_by text NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            revoked_at timestamptz,
            last_used_at timestamptz,
            CONSTRAINT api_key_prefix_key UNIQUE (tenant_id, prefix)
        )
        """
    )
    op.execute("CREATE INDEX api_key_order_idx ON api_key (tenant_id, id)")
    secure_table(op, "gateway", "api_key", rights="SELECT, INSERT, UPDATE")
