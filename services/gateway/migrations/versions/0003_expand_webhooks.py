"""Create webhooks, their queues, deliveries and tries. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    _create_webhooks()
    _create_deliveries()
    for table in ("webhook", "webhook_queue", "webhook_delivery", "webhook_attempt"):
        secure_table(op, "gateway", table)


def _create_webhooks() -> None:
    op.execute(
        """
        CREATE TABLE webhook (
            id uuid CONSTRAINT webhook_pkey PRIMARY KEY,
            tenant_id uuid NOT NULL,
            name text NOT NULL,
            url text NOT NULL,
            event_types text[] NOT NULL,
            filters jsonb NOT NULL,
            secret bytea NOT NULL,
            old_secret bytea,
            old_secret_until timestamptz,
            state text NOT NULL,
            created_by text NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            version bigint NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX webhook_order_idx ON webhook (tenant_id, id)")
    op.execute(
        """
        CREATE TABLE webhook_queue (
            webhook_id uuid CONSTRAINT webhook_queue_pkey PRIMARY KEY
                CONSTRAINT webhook_queue_webhook_id_fkey REFERENCES webhook (id) ON DELETE CASCADE,
            tenant_id uuid NOT NULL,
            failures integer NOT NULL DEFAULT 0,
            next_try_at timestamptz,
            lease_id uuid,
            leased_until timestamptz,
            delivered_at timestamptz
        )
        """
    )
    op.execute("CREATE INDEX webhook_queue_tenant_idx ON webhook_queue (tenant_id)")


def _create_deliveries() -> None:
    op.execute(
        """
        CREATE TABLE webhook_delivery (
            id uuid CONSTRAINT webhook_delivery_pkey PRIMARY KEY,
            tenant_id uuid NOT NULL,
            webhook_id uuid NOT NULL,
            seq bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
            event_id uuid NOT NULL,
            event_type text NOT NULL,
            body text NOT NULL,
            state text NOT NULL,
            replay_of uuid,
            attempts integer NOT NULL DEFAULT 0,
            created_at timestamptz NOT NULL
        )
        """
    )
    op.execute(
        "CREATE INDEX webhook_delivery_waiting_idx ON webhook_delivery (tenant_id, webhook_id, seq)"
        " WHERE state = 'waiting'"
    )
    op.execute("CREATE INDEX webhook_delivery_order_idx ON webhook_delivery (tenant_id, webhook_id, seq)")
    op.execute("CREATE INDEX webhook_delivery_created_idx ON webhook_delivery (tenant_id, created_at)")
    op.execute(
        """
        CREATE TABLE webhook_attempt (
            tenant_id uuid NOT NULL,
            delivery_id uuid NOT NULL
                CONSTRAINT webhook_attempt_delivery_id_fkey REFERENCES webhook_delivery (id) ON DELETE CASCADE,
            number integer NOT NULL,
            at timestamptz NOT NULL,
            status integer NOT NULL,
            duration_ms integer NOT NULL,
            fault text NOT NULL,
            CONSTRAINT webhook_attempt_pkey PRIMARY KEY (delivery_id, number)
        )
        """
    )
