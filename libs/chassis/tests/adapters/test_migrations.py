"""Migrations run once, however often and by however many they are started; before, no process is ready."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from chassis.database import Database
from chassis.migrations import head_revision, is_migrated, migrate
from support.databases import Database as ProvisionedDatabase
from support.databases import DatabaseFactory
from support.ledger import SERVICE


def _leave_empty(database: ProvisionedDatabase) -> None:
    """For `database_factory(…, migrate=_leave_empty)`: provisioned, without a schema."""


@pytest.fixture
def empty(database_factory: DatabaseFactory) -> ProvisionedDatabase:
    return database_factory(SERVICE, migrate=_leave_empty, schema="empty")


async def _revision(database: Database) -> str | None:
    async with database.engine.connect() as connection:
        revision = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        return None if revision is None else str(revision)


async def test_a_process_is_ready_only_after_the_migration(empty: ProvisionedDatabase) -> None:
    async with Database.open(empty.login_url, service=SERVICE) as database:
        before = await is_migrated(database, SERVICE)
        await migrate(empty.owner_url, SERVICE)
        after = await is_migrated(database, SERVICE)

    assert (before, after) == (False, True)


async def test_a_database_that_does_not_answer_is_not_ready(empty: ProvisionedDatabase) -> None:
    elsewhere = empty.login_url.rpartition("@")[0] + "@127.0.0.1:1/nowhere"

    async with Database.open(elsewhere, service=SERVICE) as database:
        assert not await is_migrated(database, SERVICE)


async def test_a_process_whose_connections_are_all_taken_is_not_ready_and_lives_on(empty: ProvisionedDatabase) -> None:
    await migrate(empty.owner_url, SERVICE)

    async with Database.open(empty.login_url, service=SERVICE, pool_size=1, pool_wait_s=0.01) as database:
        async with database.system():
            meanwhile = await is_migrated(database, SERVICE)
        after = await is_migrated(database, SERVICE)

    assert (meanwhile, after) == (False, True)


async def test_a_second_migration_finds_nothing_to_do(empty: ProvisionedDatabase) -> None:
    await migrate(empty.owner_url, SERVICE)

    await migrate(empty.owner_url, SERVICE)

    async with Database.open(empty.login_url, service=SERVICE) as database:
        assert await _revision(database) == head_revision(SERVICE)
        async with database.system() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM business_clock")) == 1


async def test_two_migrations_at_once_take_turns(empty: ProvisionedDatabase) -> None:
    await asyncio.gather(*(migrate(empty.owner_url, SERVICE) for _ in range(2)))

    async with Database.open(empty.login_url, service=SERVICE) as database:
        assert await _revision(database) == head_revision(SERVICE)
        assert await is_migrated(database, SERVICE)
