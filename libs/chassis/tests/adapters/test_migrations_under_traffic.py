"""Migrations while others read and write: they give way, are tried again, and two releases of code fit each schema."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy.exc import DBAPIError

from chassis.database import Database, is_conflict
from chassis.migrations import head_revision, is_migrated, least_revision, migrate
from support.databases import Database as ProvisionedDatabase
from support.databases import DatabaseFactory
from support.waiting import eventually_async

SERVICE = "toy_service"
ITEMS = "op.execute('CREATE TABLE item (id bigint PRIMARY KEY, name text)')"
COLUMN = "op.execute('ALTER TABLE item ADD COLUMN colour text')"
INDEX = "create_index_concurrently(op, 'item_name_idx', 'item (name)')"
LIMITS = (
    "op.execute(\"CREATE TABLE seen AS SELECT current_setting('lock_timeout') AS of_lock,"
    " current_setting('statement_timeout') AS of_statement\")"
)
_SOON_S = 0.05
_WAITS = "SELECT true FROM pg_locks WHERE NOT granted AND relation = 'item'::regclass"
_BEGUN = "SELECT true FROM pg_index WHERE indexrelid = to_regclass('item_name_idx') AND NOT indisvalid"
_GIVE_UP = (
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
    " WHERE query LIKE 'CREATE INDEX%' AND datname = current_database() AND pid <> pg_backend_pid()"
)
Release = Callable[..., None]
Connect = Callable[[], Awaitable[Any]]


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Release]:
    """Installs a service with further migrations, by the names of their files: its next release."""
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = tmp_path / SERVICE / "migrations" / "versions"
    folder.mkdir(parents=True)
    (tmp_path / SERVICE / "__init__.py").touch()

    def install(**migrations: str) -> None:
        for name, statement in migrations.items():
            number = int(name.split("_")[1])
            before = f"{number - 1:04}" if number > 1 else None
            lines = [
                "from alembic import op",
                "from chassis.schema import create_index_concurrently",
                f"revision, down_revision = '{number:04}', {before!r}",
                "def upgrade():",
                f"    {statement}",
            ]
            (folder / f"{name[1:]}.py").write_text("\n".join(lines))
        head_revision.cache_clear()
        least_revision.cache_clear()

    yield install
    sys.modules.pop(SERVICE, None)


def _leave_empty(database: ProvisionedDatabase) -> None:
    """For `database_factory`: provisioned, without a schema."""


@pytest.fixture
def toys(database_factory: DatabaseFactory) -> ProvisionedDatabase:
    return database_factory(SERVICE, migrate=_leave_empty, schema="empty")


@pytest_asyncio.fixture
async def connect(toys: ProvisionedDatabase) -> AsyncIterator[Connect]:
    """Opens connections of the owner, which are cut at the end."""
    opened: list[Any] = []

    async def new() -> Any:
        opened.append(await asyncpg.connect(toys.owner_dsn))
        return opened[-1]

    yield new
    for connection in opened:
        await connection.close()


async def test_code_is_ready_before_and_after_a_contract_but_only_after_an_expansion(
    release: Release, toys: ProvisionedDatabase, connect: Connect
) -> None:
    release(_0001_expand_items=ITEMS)
    await migrate(toys.owner_url, SERVICE)
    async with Database.open(toys.login_url, service="toy-service") as database:
        first = await is_migrated(database, SERVICE)
        release(_0002_expand_colours=COLUMN, _0003_contract_names="op.execute('ALTER TABLE item DROP COLUMN name')")
        before_expansion = await is_migrated(database, SERVICE)
        await (await connect()).execute("UPDATE alembic_version SET version_num = '0002'")
        before_contract = await is_migrated(database, SERVICE)
        await (await connect()).execute("UPDATE alembic_version SET version_num = '0003'")
        after_contract = await is_migrated(database, SERVICE)

    assert (first, before_expansion, before_contract, after_contract) == (True, False, True, True)
    assert (least_revision(SERVICE), head_revision(SERVICE)) == ("0002", "0003")


async def test_a_migration_that_gets_no_lock_gives_way_to_traffic_and_is_tried_again(
    release: Release, toys: ProvisionedDatabase, connect: Connect
) -> None:
    release(_0001_expand_items=ITEMS)
    await migrate(toys.owner_url, SERVICE)
    release(_0002_expand_colours=COLUMN)
    reader, writer = await connect(), await connect()
    holding = reader.transaction()
    await holding.start()
    await reader.fetch("SELECT * FROM item")

    migrating = asyncio.create_task(migrate(toys.owner_url, SERVICE, lock_timeout_s=_SOON_S))
    await eventually_async(lambda: writer.fetchval(_WAITS), what="the migration waits")
    await asyncio.wait_for(writer.execute("INSERT INTO item VALUES (1, 'a')"), 5)  # it stood behind the migration
    gave_way = not migrating.done()
    await holding.rollback()
    await migrating

    assert gave_way
    assert tuple(await writer.fetchrow("SELECT name, colour FROM item")) == ("a", None)


async def test_a_migration_that_never_gets_its_lock_fails_and_leaves_the_schema_as_it_was(
    release: Release, toys: ProvisionedDatabase, connect: Connect
) -> None:
    release(_0001_expand_items=ITEMS)
    await migrate(toys.owner_url, SERVICE)
    release(_0002_expand_colours=COLUMN)
    reader = await connect()
    once = migrate.retry_with(stop=lambda _: True)

    async with reader.transaction():
        await reader.fetch("SELECT * FROM item")
        with pytest.raises(DBAPIError) as failure:
            await once(toys.owner_url, SERVICE, lock_timeout_s=_SOON_S)

    assert is_conflict(failure.value)
    assert await reader.fetchval("SELECT version_num FROM alembic_version") == "0001"


async def test_an_index_is_made_while_rows_are_written_and_anew_after_it_was_given_up(
    release: Release, toys: ProvisionedDatabase, connect: Connect
) -> None:
    release(_0001_expand_items=ITEMS)
    await migrate(toys.owner_url, SERVICE)
    release(_0002_expand_item_names=INDEX)
    writer, other = await connect(), await connect()
    writing = writer.transaction()
    await writing.start()
    await writer.execute("INSERT INTO item VALUES (1, 'a')")

    migrating = asyncio.create_task(migrate(toys.owner_url, SERVICE, lock_timeout_s=_SOON_S))
    await eventually_async(lambda: other.fetchval(_BEGUN), what="the index is begun")
    await asyncio.wait_for(other.execute("INSERT INTO item VALUES (2, 'b')"), 5)
    await other.execute(_GIVE_UP)
    with pytest.raises(DBAPIError):
        await migrating
    left_unusable = await other.fetchval(_BEGUN)
    await writing.commit()
    await migrate(toys.owner_url, SERVICE)

    assert left_unusable
    assert await other.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = 'item_name_idx'::regclass")
    assert await other.fetchval("SELECT version_num FROM alembic_version") == "0002"


async def test_who_waits_for_another_migration_does_not_hold_up_its_index(
    release: Release, toys: ProvisionedDatabase, connect: Connect
) -> None:
    release(_0001_expand_items=ITEMS, _0002_expand_item_names=INDEX)

    await asyncio.gather(*(migrate(toys.owner_url, SERVICE) for _ in range(3)))

    assert await (await connect()).fetchval("SELECT version_num FROM alembic_version") == "0002"


async def test_a_migration_may_wait_two_seconds_for_a_lock_and_run_for_ten_minutes(
    release: Release, toys: ProvisionedDatabase, connect: Connect
) -> None:
    release(_0001_expand_items=LIMITS)

    await migrate(toys.owner_url, SERVICE)

    assert tuple(await (await connect()).fetchrow("SELECT * FROM seen")) == ("2s", "10min")
