"""Deletes what has served its time: marks of events seen long ago, and answers nobody may ask for any more."""

from datetime import timedelta

from sqlalchemy import text

from chassis.database import Database
from chassis.ids import TenantId


async def tenants_of(database: Database) -> list[TenantId]:
    """All active tenants, for jobs that go over them one by one as the application role."""
    async with database.system() as connection:
        return [TenantId(str(row.tenant_id)) for row in await connection.execute(_TENANTS)]


async def retire_inbox(database: Database, keep: timedelta) -> int:
    """Deletes marks older than `keep`, at most 5,000 at a time; returns how many."""
    async with database.system() as connection:
        return int((await connection.execute(_INBOX, {"keep": keep})).rowcount)


async def retire_answers(database: Database) -> int:
    """Deletes answers whose 24 hours are over, tenant by tenant; returns how many."""
    retired = 0
    for tenant_id in await tenants_of(database):
        async with database.transaction(tenant_id) as transaction:
            retired += int((await transaction.connection.execute(_ANSWERS)).rowcount)
    return retired


_TENANTS = text("SELECT tenant_id FROM tenant WHERE state = 'active' ORDER BY tenant_id")
_INBOX = text(
    "DELETE FROM inbox WHERE ctid IN"
    " (SELECT ctid FROM inbox WHERE handled_at < clock_timestamp() - CAST(:keep AS interval) LIMIT 5000)"
)
_ANSWERS = text("DELETE FROM idempotency WHERE expires_at < clock_timestamp()")
