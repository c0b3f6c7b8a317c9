"""Business time moves forward only, where the profile lets it, and each transaction reads it as it begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from chassis.clock import BusinessClock
from chassis.database import Database
from chassis.errors import Invalid, NotInThisProfile
from support.events import outbox_records
from support.ledger import TENANT, append_to

DAY = timedelta(days=1)


async def test_the_clock_never_runs_back(ledger: Database) -> None:
    clock = BusinessClock(ledger, is_movable=True)
    await clock.move(2 * DAY, hold_timers=False)

    with pytest.raises(Invalid):
        await clock.move(DAY, hold_timers=False)

    offset, _ = await clock.read()
    assert offset == 2 * DAY


async def test_the_same_offset_again_changes_nothing_but_whether_timers_are_held(ledger: Database) -> None:
    clock = BusinessClock(ledger, is_movable=True)
    first = await clock.move(DAY, hold_timers=True)

    again = await clock.move(DAY, hold_timers=False)

    assert timedelta() <= again - first < timedelta(minutes=1)


async def test_where_the_profile_has_a_fixed_clock_it_cannot_be_moved(ledger: Database) -> None:
    clock = BusinessClock(ledger, is_movable=False)

    with pytest.raises(NotInThisProfile):
        await clock.move(DAY, hold_timers=False)

    offset, _ = await clock.read()
    assert offset == timedelta()


async def test_a_transaction_reads_business_time_as_it_begins_and_keeps_it(ledger: Database) -> None:
    clock = BusinessClock(ledger, is_movable=True)

    async with ledger.transaction(TENANT) as before:
        await clock.move(DAY, hold_timers=False)
        append_to(before, "a", 1)
    async with ledger.transaction(TENANT) as after:
        database_time = await after.connection.scalar(text("SELECT clock_timestamp()"))

    [event] = await outbox_records(ledger)
    assert event.headers["ce_time"] == event.headers["recorded_at"] == before.now.isoformat()
    assert DAY <= after.now - before.now < DAY + timedelta(minutes=1)
    assert database_time is not None
    assert after.now <= database_time + DAY


async def test_business_time_is_aware_and_near_real_time_where_nobody_moved_it(ledger: Database) -> None:
    async with ledger.transaction(TENANT) as transaction:
        now = transaction.now

    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)
