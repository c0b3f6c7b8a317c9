"""Let filters of lists be judged in the index that gives the order: what does not fit is then never fetched.

Of a large customer, or of a busy person, thousands of rows were fetched to find the few of a rare kind. Writers wait
while an index is made: of many rows make it concurrently, before. Those that go are the beginnings of those that come,
which serve the code that is running as well.
"""

from alembic import op

revision = "0012"
down_revision = "0011"

_INDEXES = (
    (
        "timeline_entry_customer_order_idx ON timeline_entry"
        " (tenant_id, customer_id, occurred_at, id, kind, department) WHERE customer_id IS NOT NULL"
    ),
    "notification_person_order_idx ON notification (tenant_id, person_id, occurred_at, id, kind)",
    "notification_unread_order_idx ON notification (tenant_id, person_id, occurred_at, id) WHERE read_at IS NULL",
    "task_customer_order_idx ON task (tenant_id, customer_id, due_at, id, state)",
    "customer_nobodys_order_idx ON customer (tenant_id, name_key, id) WHERE owner_id IS NULL AND team_id IS NULL",
)
_REPLACED = ("timeline_entry_customer_idx", "notification_own_idx", "notification_unread_idx", "task_customer_idx")


def upgrade() -> None:
    """Makes the indexes, and drops those that they replace."""
    for index in _INDEXES:
        op.execute(f"CREATE INDEX IF NOT EXISTS {index}")
    for index in _REPLACED:
        op.execute(f"DROP INDEX {index}")
