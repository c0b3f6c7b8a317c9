"""What must hold of the ledger after any fault: nothing lost, nothing twice, order per key, audit chain whole."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from sqlalchemy import text

from chassis.audit_chain import verify
from chassis.database import Database
from support.ledger import TENANT, effects
from support.ledger_worker import TICK, TICK_EVERY
from support.waiting import eventually_async

_REST = text(
    "SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL) AS unpublished,"
    " (SELECT count(*) FROM timer) AS timers, (SELECT count(*) FROM dead_letter) AS parked,"
    " (SELECT count(*) FROM dead_letter_unrouted) AS unrouted"
)
_DONE = text(
    "SELECT count(*) FILTER (WHERE consumer = :consumer) AS events, count(*) FILTER (WHERE consumer = :timer) AS ticks"
    " FROM effect"
)
Events = Sequence[tuple[str, int]]
"""Key and version of each event, in the order in which they were appended."""


async def assert_promises_kept(ledger: Database, consumer: str, events: Events, *, timeout_s: float = 60) -> None:
    """Waits until everything has been done, then looks whether it was done once and in order."""
    ticks = [(key, version) for key, version in events if version % TICK_EVERY == 0]

    async def at_rest() -> bool:
        await _assert_nothing_is_left(ledger)
        async with ledger.transaction(TENANT) as transaction:
            done = (await transaction.connection.execute(_DONE, {"consumer": consumer, "timer": TICK})).one()
        assert (done.events, done.ticks) >= (len(events), len(ticks)), f"{done} of {len(events)}, {len(ticks)}"
        await _assert_audit_is_sealed(ledger, len(events) + len(ticks))
        return True

    await eventually_async(at_rest, timeout_s, what="the ledger comes to rest")
    found = await effects(ledger, consumer=consumer)
    assert Counter(found) == Counter(events), "events were lost or had their effect twice"
    assert _by_key(found) == _by_key(events), "the order within a key was broken"
    assert sorted(await effects(ledger, consumer=TICK)) == sorted(ticks), "timers were lost or fired twice"


async def _assert_nothing_is_left(ledger: Database) -> None:
    async with ledger.system() as connection:
        left = (await connection.execute(_REST)).one()
    assert tuple(left) == (0, 0, 0, 0), left


async def _assert_audit_is_sealed(ledger: Database, rows: int) -> None:
    async with ledger.transaction(TENANT) as transaction:
        found = await verify(transaction)
    assert (found.sealed_rows, found.unsealed_rows, found.fault) == (rows, 0, ""), found


def _by_key(events: Events) -> dict[str, list[int]]:
    versions: dict[str, list[int]] = defaultdict(list)
    for key, version in events:
        versions[key].append(version)
    return versions
