"""Create alarms of the water lines. A new table: no lock that anyone waits for."""

from alembic import op

from chassis.schema import secure_table

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Creates the table with its row-level security."""
    op.execute(
        """
        CREATE TABLE water_line_alarm (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            metric_code text NOT NULL,
            metric_version integer NOT NULL,
            subject_kind text NOT NULL,
            subject_id text NOT NULL,
            team_id uuid,
            month text NOT NULL,
            numerator bigint NOT NULL,
            denominator bigint NOT NULL,
            value double precision NOT NULL,
            breached_at timestamptz NOT NULL,
            recovered_at timestamptz,
            recovered_month text,
            recovered_value double precision,
            CONSTRAINT water_line_alarm_pkey PRIMARY KEY (tenant_id, id),
            CONSTRAINT water_line_alarm_subject_key
                UNIQUE (tenant_id, month, metric_code, subject_kind, subject_id),
            CONSTRAINT water_line_alarm_kind_check CHECK (subject_kind IN ('tenant', 'team', 'rep'))
        )
        """
    )
    op.execute(
        "CREATE INDEX water_line_alarm_open_idx ON water_line_alarm (tenant_id, month) WHERE recovered_at IS NULL"
    )
    secure_table(op, "scoring", "water_line_alarm", rights="SELECT, INSERT, UPDATE")
