"""Creates tables with their row-level security. Used by the migrations of every service.

A table that this module secures can be read by the application role only inside a transaction that has set its tenant;
a transaction that forgets it sees no rows and writes none.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from sqlalchemy import Table, inspect, text

from chassis.durable_processes import process
from chassis.restoration import restoration
from chassis.tables import metadata

if TYPE_CHECKING:
    from alembic.operations import Operations  # migrations bring their own; a running service loads none of it

_DECLARING = (
    "audit",
    "audit_chain",
    "clock",
    "dead_letters",
    "directory_tables",
    "idempotency",
    "outbox",
    "restoration",
    "timers",
)

WITHOUT_TENANT = frozenset({"business_clock", "dead_letter_unrouted", "restoration", "alembic_version"})
"""The only tables without a tenant. A test holds the catalogue against this list."""

_SYSTEM_RIGHTS = {
    "outbox": "SELECT, UPDATE, DELETE",
    "inbox": "SELECT, INSERT, DELETE",
    "timer": "SELECT, UPDATE",
    "process": "SELECT, UPDATE",
    "dead_letter": "SELECT, INSERT, UPDATE, DELETE",
    "audit_block": "SELECT, INSERT",
    "audit": "SELECT (id, tenant_id, hash, xid)",
    "tenant": "SELECT (tenant_id, state, zone)",
    "business_clock": "SELECT, UPDATE",
    "dead_letter_unrouted": "SELECT, INSERT, DELETE",
    "restoration": "SELECT, UPDATE (told_at)",
}
_IS_USABLE = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
_READ_BY_ALL = frozenset({"business_clock", "restoration"})
_APPEND_ONLY = {"audit": "SELECT, INSERT", "audit_block": "SELECT"}
# As a sub-select it is evaluated once for a statement, and not again for each row that is read or written.
_TENANT = "tenant_id = (SELECT nullif(current_setting('throughline.tenant', true), '')::uuid)"


def chassis_tables() -> list[Table]:
    """All tables that the chassis itself needs, in an order in which they can be created."""
    for name in _DECLARING:
        importlib.import_module(f"chassis.{name}")
    return list(metadata.sorted_tables)


def create_chassis_tables(op: Operations, service: str) -> None:
    """Creates the chassis' tables for a service; the first step of its first migration."""
    tables = chassis_tables()
    for table in tables:
        table.create(op.get_bind())
        secure_table(op, service, table.name)
    op.execute("INSERT INTO business_clock DEFAULT VALUES")


def create_process_table(op: Operations, service: str) -> None:
    """Creates the durable processes of a service that has any; a step of one of its later migrations."""
    process.create(op.get_bind())
    secure_table(op, service, process.name)


def create_restoration_table(op: Operations, service: str) -> None:
    """Creates the list of restorations in a database made before there was one; a step of a later migration."""
    if not inspect(op.get_bind()).has_table(restoration.name):
        restoration.create(op.get_bind())
        secure_table(op, service, restoration.name)


def create_index_concurrently(op: Operations, name: str, on: str, *, unique: bool = False) -> None:
    """Makes an index on a table that has rows, while they are written; the only statement of its migration.

    It runs outside a transaction. One that was given up half-way leaves an index that is kept but never used; such an
    index is removed first, so the migration may be tried again. The timeouts do not hold for it: what it waits for are
    transactions that began before, and nobody waits behind it.

    Args:
        op: Alembic's operations.
        name: of the index.
        on: table, columns and condition, for example `lead (tenant_id, region, id) WHERE region <> ''`.
        unique: whether it admits no two equal rows.
    """
    create = f"CREATE {'UNIQUE ' if unique else ''}INDEX CONCURRENTLY IF NOT EXISTS {name} ON {on}"
    with op.get_context().autocommit_block():
        if op.get_context().as_sql:  # only written down, for people and for checks
            op.execute(create)
            return
        bind = op.get_bind()
        limits = {limit: bind.scalar(text(f"SHOW {limit}")) for limit in ("lock_timeout", "statement_timeout")}
        for limit in limits:
            op.execute(f"SET {limit} = 0")
        if bind.scalar(_IS_USABLE, {"name": name}) is False:
            op.execute(f"DROP INDEX CONCURRENTLY {name}")
        op.execute(create)
        for limit, value in limits.items():
            op.execute(f"SET {limit} = '{value}'")


def secure_table(op: Operations, service: str, table: str, *, rights: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Gives the two roles their rights on a table and nothing to anybody else.

    Args:
        op: Alembic's operations.
        service: name of the service, from which its roles derive.
        table: table that has just been created.
        rights: of the application role on the rows of its tenant; `SELECT, INSERT` for what is only ever appended to.
    """
    prefix = service.replace("-", "_")
    if table in WITHOUT_TENANT:
        if table in _READ_BY_ALL:
            op.execute(f"GRANT SELECT ON {table} TO {prefix}_app, {prefix}_login")
    else:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY {table}_tenant ON {table} TO {prefix}_app USING ({_TENANT}) WITH CHECK ({_TENANT})")
        op.execute(f"GRANT {_APPEND_ONLY.get(table, rights)} ON {table} TO {prefix}_app")
    if claimed := _SYSTEM_RIGHTS.get(table):
        op.execute(f"GRANT {claimed} ON {table} TO {prefix}_system")
        if table not in WITHOUT_TENANT:
            op.execute(f"CREATE POLICY {table}_system ON {table} TO {prefix}_system USING (true) WITH CHECK (true)")
