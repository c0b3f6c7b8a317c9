"""Create what is known of customers. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    op.execute(
        """
        CREATE TABLE customer_standing (
            tenant_id uuid NOT NULL,
            customer_id uuid NOT NULL,
            version bigint NOT NULL,
            recorded_at timestamptz NOT NULL,
            owner_id uuid,
            team_id uuid,
            source text,
            region text,
            is_archived boolean NOT NULL,
            CONSTRAINT customer_standing_pkey PRIMARY KEY (tenant_id, customer_id, version, recorded_at)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE customer_completeness (
            tenant_id uuid NOT NULL,
            customer_id uuid NOT NULL,
            version bigint NOT NULL,
            recorded_at timestamptz NOT NULL,
            completeness_pct smallint NOT NULL,
            CONSTRAINT customer_completeness_pkey PRIMARY KEY (tenant_id, customer_id, version, recorded_at)
        )
        """
    )
    for table in ("customer_standing", "customer_completeness"):
        secure_table(op, "scoring", table)
