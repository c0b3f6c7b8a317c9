"""A toy service for the chassis' own tests: it writes down, in order, every event and timer that reached it.

Its table `effect` has no unique key on the event, so that an effect that happened twice shows as two rows.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.database import Database, Transaction, current_transaction
from chassis.event_headers import Event
from chassis.ids import TenantId
from chassis.schema import create_chassis_tables, secure_table
from chassis.subscription import Subscription
from throughline.pipeline.v1.events_pb2 import FollowUpRecorded

if TYPE_CHECKING:
    from support.databases import Database as ProvisionedDatabase

SERVICE = "pipeline"
TENANT = TenantId("0190f3c4-0000-7000-8000-000000000001")
OTHER_TENANT = TenantId("0190f3c4-0000-7000-8000-000000000002")
AGGREGATE = "follow_up"

_EFFECT = (
    "CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id uuid NOT NULL,"
    " consumer text NOT NULL, key text NOT NULL, version bigint NOT NULL)"
)
_WRITE = text("INSERT INTO effect (tenant_id, consumer, key, version) VALUES (:tenant, :consumer, :key, :version)")
_READ = text("SELECT consumer, key, version FROM effect ORDER BY id")
_KNOWN = text(
    "INSERT INTO tenant (tenant_id, state, zone, currency, locale, version) VALUES (:tenant, 'active',"
    " 'Asia/Shanghai', 'CNY', 'zh-CN', 1)"
)


def ledger_schema(database: ProvisionedDatabase) -> None:
    """For `database_factory(SERVICE, migrate=ledger_schema, schema="ledger")`."""

    def create(connection: Connection) -> None:
        op = Operations(MigrationContext.configure(connection))
        create_chassis_tables(op, SERVICE)
        op.execute(_EFFECT)
        secure_table(op, SERVICE, "effect")

    async def run() -> None:
        engine = create_async_engine(database.owner_url)
        async with engine.begin() as connection:
            await connection.run_sync(create)
        await engine.dispose()

    asyncio.run(run())


async def write_effect(transaction: Transaction, key: str, version: int, consumer: str = "test") -> None:
    """One more line in the ledger."""
    row = {"tenant": transaction.tenant_id, "consumer": consumer, "key": key, "version": version}
    await transaction.connection.execute(_WRITE, row)


async def effects(database: Database, tenant_id: TenantId = TENANT) -> list[tuple[str, int]]:
    """Key and version of every effect, in the order in which they committed."""
    async with database.transaction(tenant_id) as transaction:
        return [(row.key, row.version) for row in await transaction.connection.execute(_READ)]


async def append(database: Database, key: str, version: int, tenant_id: TenantId = TENANT) -> str:
    """Appends one event to the outbox in a transaction of its own; returns its id."""
    async with database.transaction(tenant_id) as transaction:
        message = FollowUpRecorded(follow_up_id=key, lead_id=key)
        return transaction.outbox.append(aggregate=AGGREGATE, aggregate_id=key, version=version, message=message)


def ledger_subscription(name: str = "pipeline.ledger") -> Subscription:
    """Writes every event down."""

    async def handle(event: Event[FollowUpRecorded]) -> None:
        transaction = current_transaction()
        assert transaction is not None
        await write_effect(transaction, event.aggregate_id, event.aggregate_version, name)

    return Subscription(name, aggregates=(AGGREGATE,), handlers={FollowUpRecorded: handle})
