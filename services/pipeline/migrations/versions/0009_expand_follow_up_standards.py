"""Create standards of effective follow-ups and the read copy of customer types; add verdicts to follow-ups.

The lock on follow-ups is held for a moment: with constant defaults no row is rewritten. The index is made on what is
there while writers wait; of a large table make it by hand, concurrently, before.
"""

from alembic import op

from chassis.schema import secure_table

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Creates the tables with their row-level security; versions of standards are only ever added."""
    op.execute(
        """
        CREATE TABLE follow_up_standard (
            tenant_id uuid NOT NULL,
            customer_type text NOT NULL,
            version integer NOT NULL,
            id uuid NOT NULL,
            criteria text[] NOT NULL,
            document_kinds text[] NOT NULL,
            published_at timestamptz NOT NULL,
            published_by text NOT NULL,
            note text NOT NULL,
            CONSTRAINT follow_up_standard_pkey PRIMARY KEY (tenant_id, customer_type, version),
            CONSTRAINT follow_up_standard_id_key UNIQUE (tenant_id, id)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE customer_type (
            tenant_id uuid NOT NULL,
            subject_id uuid NOT NULL,
            customer_type text NOT NULL,
            version bigint NOT NULL,
            CONSTRAINT customer_type_pkey PRIMARY KEY (tenant_id, subject_id)
        )
        """
    )
    op.execute(
        """
        ALTER TABLE follow_up
            ADD COLUMN decision_chain_update text NOT NULL DEFAULT '',
            ADD COLUMN customer_type text NOT NULL DEFAULT '',
            ADD COLUMN standard_id uuid,
            ADD COLUMN missing_criteria text[] NOT NULL DEFAULT '{}'
        """
    )
    op.execute("CREATE INDEX follow_up_occurred_idx ON follow_up (tenant_id, occurred_at)")
    secure_table(op, "pipeline", "follow_up_standard", rights="SELECT, INSERT")
    secure_table(op, "pipeline", "customer_type")
