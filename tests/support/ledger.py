"""A toy service for the tests of the chassis' promises: it writes down, in order, every event and timer it was given.

Its table `effect` has no unique key on the event, so that an effect that happened twice shows as two rows. Tests that
share a broker give each their own aggregate (which names the topic) and consumer (which names the group).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
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


async def effects(database: Database, tenant_id: TenantId = TENANT, *, consumer: str = "") -> list[tuple[str, int]]:
    """Key and version of every effect, or of one consumer's, in the order in which those of a key committed."""
    async with database.transaction(tenant_id) as transaction:
        rows = await transaction.connection.execute(_READ)
        return [(row.key, row.version) for row in rows if consumer in ("", row.consumer)]


async def append(
    database: Database, key: str, version: int, tenant_id: TenantId = TENANT, *, aggregate: str = AGGREGATE
) -> str:
    """Appends one event to the outbox in a transaction of its own; returns its id."""
    async with database.transaction(tenant_id) as transaction:
        return append_to(transaction, key, version, aggregate=aggregate)


async def append_all(
    database: Database, events: Sequence[tuple[str, int]], *, aggregate: str = AGGREGATE, in_one: int = 100
) -> None:
    """Appends events, given by key and version, in their order, `in_one` to a transaction."""
    for start in range(0, len(events), in_one):
        async with database.transaction(TENANT) as transaction:
            for key, version in events[start : start + in_one]:
                append_to(transaction, key, version, aggregate=aggregate)


def append_to(transaction: Transaction, key: str, version: int, *, aggregate: str = AGGREGATE) -> str:
    """Appends one event to the outbox of a running transaction; returns its id."""
    message = FollowUpRecorded(follow_up_id=key, lead_id=key)
    return transaction.outbox.append(aggregate=aggregate, aggregate_id=key, version=version, message=message)


def ledger_subscription(name: str = "pipeline.ledger", aggregate: str = AGGREGATE) -> Subscription:
    """Writes every event down."""

    async def handle(event: Event[FollowUpRecorded]) -> None:
        await write_effect(ambient(), event.aggregate_id, event.aggregate_version, name)

    return Subscription(name, aggregates=(aggregate,), handlers={FollowUpRecorded: handle})


def ambient() -> Transaction:
    """The transaction of the event or timer that is being handled."""
    transaction = current_transaction()
    assert transaction is not None, "called outside of a handler"
    return transaction
