"""Create the customer master, its contacts, history and keys. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    _create_customers()
    _create_contacts()
    _create_keys()
    for table in ("customer", "customer_contact", "customer_key", "customer_search_key", "customer_settings"):
        secure_table(op, "collab", table)
    secure_table(op, "collab", "customer_version", rights="SELECT, INSERT")


def _create_customers() -> None:
    op.execute(
        """
        CREATE TABLE customer (
            id uuid CONSTRAINT customer_pkey PRIMARY KEY,
            tenant_id uuid NOT NULL,
            name text NOT NULL,
            name_key text COLLATE "C" NOT NULL,
            short_names text[] NOT NULL,
            kind text NOT NULL,
            credit_code text NOT NULL,
            registered_address text NOT NULL,
            region text NOT NULL,
            city text NOT NULL,
            grade text NOT NULL,
            source text NOT NULL,
            pain_points text NOT NULL,
            purchase_cycle text NOT NULL,
            custom jsonb NOT NULL,
            owner_id uuid,
            team_id uuid,
            is_archived boolean NOT NULL,
            completeness_pct integer NOT NULL,
            missing_fields text[] NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            version bigint NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX customer_order_idx ON customer (tenant_id, name_key, id)")
    op.execute("CREATE INDEX customer_owner_idx ON customer (tenant_id, owner_id)")
    op.execute("CREATE INDEX customer_team_idx ON customer (tenant_id, team_id)")
    op.execute(
        "CREATE UNIQUE INDEX customer_credit_code_idx ON customer (tenant_id, credit_code) WHERE credit_code <> ''"
    )
    op.execute(
        """
        CREATE TABLE customer_version (
            tenant_id uuid NOT NULL,
            customer_id uuid NOT NULL,
            version bigint NOT NULL,
            recorded_at timestamptz NOT NULL,
            actor text NOT NULL,
            document jsonb NOT NULL,
            CONSTRAINT customer_version_pkey PRIMARY KEY (tenant_id, customer_id, version)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE customer_settings (
            tenant_id uuid CONSTRAINT customer_settings_pkey PRIMARY KEY,
            key_fields text[] NOT NULL,
            grades jsonb NOT NULL,
            target_pct integer NOT NULL,
            version bigint NOT NULL
        )
        """
    )


def _create_contacts() -> None:
    op.execute(
        """
        CREATE TABLE customer_contact (
            id uuid CONSTRAINT customer_contact_pkey PRIMARY KEY,
            tenant_id uuid NOT NULL,
            customer_id uuid NOT NULL,
            name text NOT NULL,
            post text NOT NULL,
            department text NOT NULL,
            decision_role text NOT NULL,
            phone text NOT NULL,
            email text NOT NULL,
            attitude text NOT NULL,
            reports_to uuid,
            is_archived boolean NOT NULL,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            version bigint NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX customer_contact_customer_idx ON customer_contact (tenant_id, customer_id, id)")


def _create_keys() -> None:
    op.execute(
        """
        CREATE TABLE customer_key (
            tenant_id uuid NOT NULL,
            key bigint NOT NULL,
            customer_id uuid NOT NULL,
            CONSTRAINT customer_key_pkey PRIMARY KEY (tenant_id, key, customer_id)
        )
        """
    )
    op.execute("CREATE INDEX customer_key_customer_idx ON customer_key (tenant_id, customer_id)")
    op.execute(
        """
        CREATE TABLE customer_search_key (
            tenant_id uuid NOT NULL,
            key text COLLATE "C" NOT NULL,
            customer_id uuid NOT NULL,
            CONSTRAINT customer_search_key_pkey PRIMARY KEY (tenant_id, key, customer_id)
        )
        """
    )
    op.execute("CREATE INDEX customer_search_key_customer_idx ON customer_search_key (tenant_id, customer_id)")
