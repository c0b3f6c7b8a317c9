"""Writers that expect a version: of rivals on one aggregate one wins, the others learn what is there now."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from chassis.database import Database
from chassis.errors import Stale
from support.events import outbox_records
from support.ledger import TENANT, append_to, effects, write_effect

# What a repository does: the aggregate's row is locked, then its version is compared, then all is written.
_LOCK = text("SELECT version FROM effect WHERE key = :key AND consumer = 'state' FOR UPDATE")
_SAVE = text("UPDATE effect SET version = :version WHERE key = :key AND consumer = 'state'")


async def _change(ledger: Database, key: str, expected: int) -> int | None:
    """Raises the aggregate's version by one and tells of it; returns the present version where that is another one."""
    try:
        async with ledger.transaction(TENANT) as transaction:
            present = int(await transaction.connection.scalar(_LOCK, {"key": key}) or 0)
            if present != expected:
                raise Stale("ledger", key, present)
            await transaction.connection.execute(_SAVE, {"key": key, "version": expected + 1})
            append_to(transaction, key, expected + 1)
    except Stale as stale:
        return int(stale.metadata["current_version"])
    return None


async def test_of_four_writers_that_expect_one_version_one_wins(ledger: Database) -> None:
    async with ledger.transaction(TENANT) as transaction:
        await write_effect(transaction, "a", 1, "state")

    told = await asyncio.gather(*(_change(ledger, "a", expected=1) for _ in range(4)))

    assert sorted(told, key=str) == [2, 2, 2, None]
    assert await effects(ledger) == [("a", 2)]
    assert [record.headers["aggregate_version"] for record in await outbox_records(ledger)] == ["2"]


async def test_writers_that_try_again_on_what_is_there_now_lose_nothing_and_keep_the_order(ledger: Database) -> None:
    async with ledger.transaction(TENANT) as transaction:
        await write_effect(transaction, "a", 0, "state")

    async def write(times: int) -> None:
        expected: int | None = 0
        while times:
            present = await _change(ledger, "a", expected or 0)
            times -= present is None
            expected = present if present is not None else (expected or 0) + 1

    await asyncio.gather(*(write(5) for _ in range(4)))

    assert await effects(ledger) == [("a", 20)]
    versions = [int(record.headers["aggregate_version"]) for record in await outbox_records(ledger)]
    assert versions == list(range(1, 21))
