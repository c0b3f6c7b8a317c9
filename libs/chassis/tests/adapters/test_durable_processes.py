"""A durable process goes on until it rests: one process of the service at a time, after faults later and later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis import context
from chassis.database import Database
from chassis.durable_processes import ProcessKind, ProcessStanding
from chassis.errors import Unreachable
from chassis.ids import new_id
from chassis.process_runner import ProcessRunner
from chassis.schema import create_process_table
from support.canaries import PLANTED, overheard
from support.databases import Database as ProvisionedDatabase
from support.databases import DatabaseFactory
from support.ledger import SERVICE, TENANT, effects, ledger_schema, write_effect

KIND = "ledger.process"


def _schema(database: ProvisionedDatabase) -> None:
    """The ledger's, with processes."""
    ledger_schema(database)

    def create(connection: Connection) -> None:
        create_process_table(Operations(MigrationContext.configure(connection)), SERVICE)

    async def run() -> None:
        engine = create_async_engine(database.owner_url)
        async with engine.begin() as connection:
            await connection.run_sync(create)
        await engine.dispose()

    asyncio.run(run())


@pytest.fixture
def provisioned(database_factory: DatabaseFactory) -> ProvisionedDatabase:
    return database_factory(SERVICE, migrate=_schema, schema="ledger_processes")


@pytest_asyncio.fixture
async def ledger(provisioned: ProvisionedDatabase) -> AsyncIterator[Database]:
    async with Database.open(provisioned.login_url, service=SERVICE) as database:
        yield database


async def _begin(ledger: Database) -> str:
    process_id = new_id()
    async with ledger.transaction(TENANT) as transaction:
        await transaction.processes.begin(KIND, process_id)
    return process_id


async def _standing(ledger: Database, process_id: str) -> ProcessStanding:
    async with ledger.transaction(TENANT) as transaction:
        return (await transaction.processes.standings([process_id]))[process_id]


async def _rest(ledger: Database, process_id: str) -> None:
    async with ledger.transaction(TENANT) as transaction:
        await write_effect(transaction, process_id, 1)
        await transaction.processes.went_on(process_id, is_at_rest=True)


def _runner(ledger: Database, kind: ProcessKind) -> ProcessRunner:
    return ProcessRunner(ledger, {KIND: kind})


async def test_what_was_begun_is_carried_on_once_by_rivals_and_rests(ledger: Database) -> None:
    process_ids = [await _begin(ledger) for _ in range(5)]
    actors = set()

    async def carry_on(process_id: str) -> None:
        actors.add((context.current().principal.actor, context.current().tenant_id))
        if (await _standing(ledger, process_id)).next_try_at is not None:
            await asyncio.sleep(0.05)
            await _rest(ledger, process_id)

    rivals = [_runner(ledger, ProcessKind(KIND, carry_on)) for _ in range(3)]
    await asyncio.gather(*(rival.run_due() for rival in rivals))

    assert sorted(await effects(ledger)) == sorted((process_id, 1) for process_id in process_ids)
    assert await rivals[0].run_due() == 0
    assert actors == {("service:pipeline", TENANT)}


async def test_a_fault_is_kept_with_the_time_of_the_next_try_until_a_step_is_taken(ledger: Database) -> None:
    process_id = await _begin(ledger)
    faults: list[Exception] = [Unreachable("collab"), ValueError("a bug"), Unreachable("collab")]

    async def carry_on(process_id: str) -> None:
        if faults:
            raise faults.pop(0)
        await _rest(ledger, process_id)

    runner = _runner(ledger, ProcessKind(KIND, carry_on))
    seen = []
    for _ in range(4):
        await runner.carry_on(TENANT, KIND, process_id)
        seen.append(await _standing(ledger, process_id))

    assert [one.attempts for one in seen] == [1, 2, 3, 0]
    assert [one.fault for one in seen] == [
        "Unreachable: collab does not answer.", "ValueError", "Unreachable: collab does not answer.", "",
    ]  # fmt: skip
    assert [one.next_try_at is None for one in seen] == [False, False, False, True]
    assert await runner.run_due() == 0


# Of this database: the server's others belong to tests that run beside.
_ADVISORY_LOCKS = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


async def test_who_is_gone_holds_nothing(ledger: Database) -> None:
    process_id = await _begin(ledger)
    began = asyncio.Event()

    async def hang(process_id: str) -> None:
        began.set()
        await asyncio.Event().wait()

    dying = asyncio.ensure_future(_runner(ledger, ProcessKind(KIND, hang)).run_due())
    await began.wait()

    async def carry_on(process_id: str) -> None:
        await _rest(ledger, process_id)

    rival = _runner(ledger, ProcessKind(KIND, carry_on))
    await rival.run_due()
    held = await effects(ledger)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    for _ in range(50):
        await rival.run_due()
        if await effects(ledger):
            break
        await asyncio.sleep(0.1)

    assert held == []
    assert await effects(ledger) == [(process_id, 1)]
    async with ledger.connection() as connection:
        locks = await connection.scalar(_ADVISORY_LOCKS)
    assert locks == 0


async def test_a_process_that_fails_on_personal_data_does_not_tell_it(ledger: Database) -> None:
    process_id = await _begin(ledger)

    async def carry_on(process_id: str) -> None:
        raise ValueError(PLANTED)

    with overheard() as told:
        await _runner(ledger, ProcessKind(KIND, carry_on)).carry_on(TENANT, KIND, process_id)

        assert "process.interrupted" in told.logs
        told.assert_no_canary()
