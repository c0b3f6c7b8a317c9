"""Create tenants, teams, people and calendars. New tables: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Creates the tables with their row-level security."""
    op.execute(
        """
        CREATE TABLE tenant_profile (
            tenant_id uuid CONSTRAINT tenant_profile_pkey PRIMARY KEY,
            name text NOT NULL,
            zone text NOT NULL,
            currency text NOT NULL,
            locale text NOT NULL,
            founder_id uuid NOT NULL,
            is_active boolean NOT NULL,
            created_at timestamptz NOT NULL,
            version bigint NOT NULL
        )
        """
    )
    op.execute(
        """
        CREATE TABLE team (
            id uuid CONSTRAINT team_pkey PRIMARY KEY,
            tenant_id uuid NOT NULL,
            name text NOT NULL,
            name_key text COLLATE "C" NOT NULL,
            kind text NOT NULL,
            parent_id uuid,
            leader_id uuid,
            version bigint NOT NULL,
            CONSTRAINT team_name_key UNIQUE (tenant_id, name)
        )
        """
    )
    op.execute("CREATE INDEX team_order_idx ON team (tenant_id, name_key, id)")
    op.execute(
        """
        CREATE TABLE person (
            id uuid CONSTRAINT person_pkey PRIMARY KEY,
            tenant_id uuid NOT NULL,
            employee_no text NOT NULL,
            name text NOT NULL,
            name_key text COLLATE "C" NOT NULL,
            subject text NOT NULL,
            email text NOT NULL,
            title text NOT NULL,
            team_id uuid NOT NULL,
            supervisor_id uuid,
            roles text[] NOT NULL,
            is_active boolean NOT NULL,
            version bigint NOT NULL,
            CONSTRAINT person_employee_no_key UNIQUE (tenant_id, employee_no),
            CONSTRAINT person_subject_excl EXCLUDE USING btree (tenant_id WITH =, subject WITH =)
                WHERE (is_active) DEFERRABLE INITIALLY DEFERRED
        )
        """
    )
    op.execute("CREATE INDEX person_order_idx ON person (tenant_id, name_key, id)")
    op.execute(
        """
        CREATE TABLE work_calendar (
            tenant_id uuid CONSTRAINT work_calendar_pkey PRIMARY KEY,
            hours jsonb NOT NULL,
            days jsonb NOT NULL,
            holiday_years integer[] NOT NULL,
            version bigint NOT NULL
        )
        """
    )
    for table in ("tenant_profile", "team", "person", "work_calendar"):
        secure_table(op, "collab", table)
