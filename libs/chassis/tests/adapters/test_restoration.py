"""A database that was brought back from a backup fits its surroundings, which know more than it does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest_asyncio
from sqlalchemy import text

from chassis.audit_chain import AuditSealer, verify
from chassis.clock import BusinessClock
from chassis.context import Principal, RequestContext, bind
from chassis.database import Database
from chassis.kafka_clients import KafkaSettings
from chassis.leadership import leadership
from chassis.operations_servicer import OperationsServicer
from chassis.relay import republish, retire
from chassis.restoration import Surroundings, note_restored
from chassis.service import Service
from chassis.worker import Worker
from support.events import outbox_records
from support.ledger import TENANT, append, ledger_subscription
from support.waiting import eventually_async
from throughline.operations.v1 import operations_pb2 as pb

if TYPE_CHECKING:
    from support.databases import Database as ProvisionedDatabase

NO_CONTEXT: Any = None
TAKEN_AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
OPERATOR = RequestContext(Principal("service", "service:operator", None, frozenset({"service"})), None, method="x")


@pytest_asyncio.fixture
async def superuser(ledger_database: ProvisionedDatabase) -> AsyncIterator[asyncpg.Connection]:
    """Whoever brings databases back."""
    connection = await asyncpg.connect(ledger_database.superuser_dsn)
    yield connection
    await connection.close()


async def _restored(superuser: asyncpg.Connection, around: Surroundings | None = None) -> None:
    await note_restored(superuser, backup_id="a-backup", taken_at=TAKEN_AT, around=around or Surroundings())


def _versions(records: list[Any]) -> list[int]:
    return [int(record.headers["aggregate_version"]) for record in records]


async def test_what_is_told_after_each_restoration_is_above_all_that_was_told_before(
    ledger: Database, superuser: asyncpg.Connection
) -> None:
    await append(ledger, "a", 9)
    await _restored(superuser)
    await append(ledger, "a", 3)
    await _restored(superuser, Surroundings(version_base=2**60))
    await append(ledger, "a", 3)

    first, second, third = _versions(await outbox_records(ledger))

    assert first == 9
    assert second > 10**15
    assert third > 2**60


async def test_a_forgotten_restoration_does_not_make_the_next_one_lower(
    ledger: Database, superuser: asyncpg.Connection
) -> None:
    await _restored(superuser)
    await append(ledger, "a", 900)
    await superuser.execute("DELETE FROM restoration")  # the same backup once more

    await _restored(superuser)
    await append(ledger, "a", 1)

    before, after = _versions(await outbox_records(ledger))
    assert after > before


async def test_audit_goes_on_where_the_new_server_numbers_transactions_from_the_start(
    ledger: Database, superuser: asyncpg.Connection
) -> None:
    await _note(ledger, "leads/1")
    # As if both had come from a server that has seen far more transactions than this one.
    await superuser.execute("UPDATE audit SET xid = xid + 1000000000")
    await _restored(superuser)

    await _note(ledger, "leads/2")
    await eventually_async(lambda: _everything_is_sealed(ledger))

    async with ledger.transaction(TENANT) as transaction:
        found = await verify(transaction)
    assert (found.is_valid, found.sealed_rows, found.unsealed_rows) == (True, 2, 0)


async def test_clock_does_not_run_back_and_is_not_held(ledger: Database, superuser: asyncpg.Connection) -> None:
    await superuser.execute("UPDATE business_clock SET clock_offset = interval '1 hour', is_held = true")

    await _restored(superuser, Surroundings(clock_offset=timedelta(days=2)))

    assert await superuser.fetchrow("SELECT clock_offset, is_held FROM business_clock") == (timedelta(days=2), False)


async def test_a_restoration_is_listed_until_everything_was_told_again(
    ledger: Database, superuser: asyncpg.Connection
) -> None:
    await _restored(superuser)
    worker = Worker(ledger, KafkaSettings("127.0.0.1:1"), Service(), ledger_subscription())
    desk = OperationsServicer(ledger, BusinessClock(ledger, is_movable=False), Service(), worker)

    with bind(OPERATOR):
        before = await desk.ListRestorations(pb.ListRestorationsRequest(service="pipeline"), NO_CONTEXT)
        await desk.SnapshotEvents(pb.SnapshotEventsRequest(service="pipeline"), NO_CONTEXT)
        after = await desk.ListRestorations(pb.ListRestorationsRequest(service="pipeline"), NO_CONTEXT)

    [waiting], [told] = before.restorations, after.restorations
    assert (waiting.backup_id, waiting.taken_at.ToDatetime(tzinfo=UTC)) == ("a-backup", TAKEN_AT)
    assert (waiting.HasField("told_at"), told.HasField("told_at")) == (False, True)


async def test_events_that_consumers_may_have_forgotten_are_not_sent_again(ledger: Database) -> None:
    old, fresh = await append(ledger, "a", 1), await append(ledger, "a", 2)
    async with ledger.system() as connection:
        await connection.execute(text("UPDATE outbox SET published_at = clock_timestamp()"))

    # As it looks when a row was sent again every day: published just now, made long ago.
    everything = await republish(ledger, keep=timedelta(days=7))
    nothing = await republish(ledger, keep=timedelta())
    async with ledger.system() as connection:
        await connection.execute(text("UPDATE outbox SET published_at = clock_timestamp() + interval '1 day'"))
    gone = await retire(ledger, timedelta())

    assert (old != fresh, everything, nothing, gone) == (True, 2, 0, 2)


async def _note(ledger: Database, resource: str) -> None:
    async with ledger.transaction(TENANT) as transaction:
        transaction.audit.record(action="lead.override", resource=resource, after={"owner": "b"})


async def _everything_is_sealed(ledger: Database) -> bool:
    async with leadership(ledger, "audit_sealer") as connection:
        assert connection is not None
        await AuditSealer(ledger).seal(connection)
    async with ledger.transaction(TENANT) as transaction:
        return (await verify(transaction)).unsealed_rows == 0
