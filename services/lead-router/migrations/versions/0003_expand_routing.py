"""Create reps, fairness groups, the ledger and routing policies. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    op.execute("CREATE SEQUENCE rep_change_seq")
    op.execute("GRANT USAGE ON SEQUENCE rep_change_seq TO lead_router_app")
    op.execute(
        """
        CREATE TABLE rep (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            version bigint NOT NULL,
            team_id uuid NOT NULL,
            supervisor_id uuid,
            profile jsonb NOT NULL,
            is_paused boolean NOT NULL DEFAULT false,
            pause_reason text NOT NULL DEFAULT '',
            has_left boolean NOT NULL DEFAULT false,
            is_on_leave boolean NOT NULL DEFAULT false,
            is_present boolean NOT NULL DEFAULT false,
            shifts jsonb NOT NULL DEFAULT '[]',
            weight_pct integer NOT NULL,
            daily_cap integer NOT NULL,
            open_cap integer NOT NULL,
            open_leads integer NOT NULL DEFAULT 0,
            leads_today integer NOT NULL DEFAULT 0,
            counted_on date,
            leads_total bigint NOT NULL DEFAULT 0,
            worth_total bigint NOT NULL DEFAULT 0,
            last_lead_at timestamptz,
            carried bigint NOT NULL DEFAULT 0,
            units_in bigint NOT NULL DEFAULT 0,
            policy_seq bigint NOT NULL DEFAULT 0,
            change_seq bigint NOT NULL,
            changed_xid bigint NOT NULL,
            CONSTRAINT rep_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT rep_open_leads_check CHECK (open_leads >= 0),
            CONSTRAINT rep_leads_today_check CHECK (leads_today >= 0)
        )
        """
    )
    op.execute("CREATE INDEX rep_changed_idx ON rep (tenant_id, changed_xid)")
    op.execute(
        """
        CREATE TABLE fairness_group (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            units bigint NOT NULL DEFAULT 0,
            rest bigint NOT NULL DEFAULT 0,
            weight_present bigint NOT NULL DEFAULT 0,
            ledger_seq bigint NOT NULL DEFAULT 0,
            CONSTRAINT fairness_group_pkey PRIMARY KEY (tenant_id, id)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE ledger_entry (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            group_id uuid NOT NULL,
            rep_id uuid NOT NULL,
            lead_id uuid NOT NULL,
            recorded_at timestamptz NOT NULL,
            document jsonb NOT NULL,
            CONSTRAINT ledger_entry_pkey PRIMARY KEY (tenant_id, id)
        )
        """
    )
    op.execute("CREATE INDEX ledger_entry_lead_idx ON ledger_entry (tenant_id, lead_id, id)")
    op.execute(
        """
        CREATE TABLE routing_policy (
            tenant_id uuid NOT NULL,
            version integer NOT NULL,
            id uuid NOT NULL,
            document jsonb NOT NULL,
            published_at timestamptz NOT NULL,
            published_by text NOT NULL,
            note text NOT NULL,
            CONSTRAINT routing_policy_pkey PRIMARY KEY (tenant_id, version)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE roster (
            tenant_id uuid NOT NULL,
            digest text NOT NULL,
            rep_ids uuid[] NOT NULL,
            CONSTRAINT roster_pkey PRIMARY KEY (tenant_id, digest)
        )
        """
    )
    for table in ("rep", "fairness_group"):
        secure_table(op, "lead-router", table)
    for table in ("ledger_entry", "routing_policy", "roster"):
        secure_table(op, "lead-router", table, rights="SELECT, INSERT")
