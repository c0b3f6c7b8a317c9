"""Give lists of customers and tasks an index in their own order for each key and filter, and the search of contacts one
by customer.

Writers wait while an index is made: of many rows make it concurrently, before. The two indexes that go are the
beginnings of two that come, which serve the code that is running as well.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

_INDEXES = (
    "customer_owner_order_idx ON customer (tenant_id, owner_id, name_key, id)",
    "customer_team_order_idx ON customer (tenant_id, team_id, name_key, id)",
    "customer_grade_order_idx ON customer (tenant_id, grade, name_key, id)",
    "customer_kind_order_idx ON customer (tenant_id, kind, name_key, id)",
    "customer_region_order_idx ON customer (tenant_id, region, name_key, id)",
    "customer_incomplete_order_idx ON customer (tenant_id, name_key, id) WHERE completeness_pct < 100",
    "customer_archived_order_idx ON customer (tenant_id, name_key, id) WHERE is_archived IS TRUE",
    "task_order_idx ON task (tenant_id, due_at, id)",
    "task_state_order_idx ON task (tenant_id, state, due_at, id)",
    "task_assignee_order_idx ON task (tenant_id, assignee_id, due_at, id)",
    "task_team_order_idx ON task (tenant_id, team_id, due_at, id)",
    "customer_contact_search_key_customer_idx ON customer_contact_search_key (tenant_id, customer_id)",
)


def upgrade() -> None:
    """Makes the indexes."""
    for index in _INDEXES:
        op.execute(f"CREATE INDEX IF NOT EXISTS {index}")
    op.execute("DROP INDEX customer_owner_idx")
    op.execute("DROP INDEX customer_team_idx")
