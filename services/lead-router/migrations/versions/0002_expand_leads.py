"""Create leads with their raw intake, identities, keys and receipts. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    op.execute(
        """
        CREATE TABLE lead (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            version bigint NOT NULL,
            state text NOT NULL,
            waiting_reason text,
            look_again_at timestamptz,
            owner_id uuid,
            team_id uuid,
            merged_into uuid,
            to_be_activated boolean NOT NULL,
            fell_silent boolean NOT NULL,
            is_urgent boolean NOT NULL,
            source text NOT NULL,
            region text NOT NULL,
            segment text NOT NULL,
            worth bigint NOT NULL,
            received_at timestamptz NOT NULL,
            assigned_at timestamptz,
            first_touched_at timestamptz,
            document jsonb NOT NULL,
            CONSTRAINT lead_pkey PRIMARY KEY (tenant_id, id)
        )
        """
    )
    op.execute("CREATE INDEX lead_state_idx ON lead (tenant_id, state, id)")
    op.execute("CREATE INDEX lead_owner_idx ON lead (tenant_id, owner_id, id)")
    op.execute("CREATE INDEX lead_team_idx ON lead (tenant_id, team_id, id)")
    op.execute("CREATE INDEX lead_received_idx ON lead (tenant_id, received_at)")
    op.execute("CREATE INDEX lead_merged_into_idx ON lead (tenant_id, merged_into) WHERE merged_into IS NOT NULL")
    op.execute(
        """
        CREATE TABLE raw_intake (
            tenant_id uuid NOT NULL,
            lead_id uuid NOT NULL,
            received_at timestamptz NOT NULL,
            door text NOT NULL,
            submitter text NOT NULL,
            submission bytea NOT NULL,
            CONSTRAINT raw_intake_pkey PRIMARY KEY (tenant_id, lead_id)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE lead_identity (
            tenant_id uuid NOT NULL,
            lead_id uuid NOT NULL,
            normalised jsonb NOT NULL,
            CONSTRAINT lead_identity_pkey PRIMARY KEY (tenant_id, lead_id)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE lead_key (
            tenant_id uuid NOT NULL,
            key bigint NOT NULL,
            lead_id uuid NOT NULL,
            CONSTRAINT lead_key_pkey PRIMARY KEY (tenant_id, key, lead_id)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE receipt (
            tenant_id uuid NOT NULL,
            decision_id uuid NOT NULL,
            lead_id uuid NOT NULL,
            decided_at timestamptz NOT NULL,
            outcome text NOT NULL,
            rep_id uuid,
            because text NOT NULL,
            note text NOT NULL,
            decision_us bigint NOT NULL,
            roster text,
            document bytea,
            CONSTRAINT receipt_pkey PRIMARY KEY (tenant_id, decision_id)
        )
        """
    )
    op.execute("CREATE INDEX receipt_lead_idx ON receipt (tenant_id, lead_id, decision_id)")
    for table in ("lead", "lead_identity", "lead_key"):
        secure_table(op, "lead-router", table)
    for table in ("raw_intake", "receipt"):
        secure_table(op, "lead-router", table, rights="SELECT, INSERT")
