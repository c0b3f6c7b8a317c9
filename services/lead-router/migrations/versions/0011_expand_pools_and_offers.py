"""Create public pools with their tallies, and columns of leads for offers and pools.

New tables: no lock that anyone waits for. The columns have no default: the lock on `lead` is held for an instant.
"""

from alembic import op

from chassis.schema import secure_table

revision = "0011"
down_revision = "0010"

_COLUMNS = (
    "pool_id uuid",
    "pooled_at timestamptz",
    "offered_to_id uuid",
    "offered_team_id uuid",
    "offer_expires_at timestamptz",
)


def upgrade() -> None:
    """Creates the tables with their row-level security, and adds the columns."""
    for column in _COLUMNS:
        op.execute(f"ALTER TABLE lead ADD COLUMN {column}")
    op.execute(
        """
        CREATE TABLE pool (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            version bigint NOT NULL,
            name text NOT NULL,
            rules jsonb NOT NULL,
            CONSTRAINT pool_pkey PRIMARY KEY (tenant_id, id)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE pool_tally (
            tenant_id uuid NOT NULL,
            pool_id uuid NOT NULL,
            rep_id uuid NOT NULL,
            day date NOT NULL,
            claims bigint NOT NULL DEFAULT 0,
            seen uuid[] NOT NULL DEFAULT '{}',
            CONSTRAINT pool_tally_pkey PRIMARY KEY (tenant_id, pool_id, rep_id, day)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE pool_departure (
            tenant_id uuid NOT NULL,
            lead_id uuid NOT NULL,
            rep_id uuid NOT NULL,
            left_at timestamptz NOT NULL,
            CONSTRAINT pool_departure_pkey PRIMARY KEY (tenant_id, lead_id, rep_id)
        )
        """
    )
    for table in ("pool", "pool_tally", "pool_departure"):
        secure_table(op, "lead-router", table)
