"""A deadline fires once or is cancelled, never both, never early; faults are tried again, silence is asked about."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from chassis.clock import BusinessClock
from chassis.database import Database, SqlRow
from chassis.errors import Unreachable
from chassis.timer_runner import TimerRunner
from chassis.timers import Confirmation, Timer, TimerKind
from support.ledger import OTHER_TENANT, TENANT, ambient, effects, write_effect
from support.postgres import BreakablePostgres
from support.waiting import eventually_async

KIND = "ledger.deadline"
HOUR = timedelta(hours=1)
_ROWS = text("SELECT key, state, attempts, due_at, next_try_at, fault FROM timer ORDER BY key")
_DUE_NOW = text("UPDATE timer SET next_try_at = NULL")

Confirm = Callable[[Timer], Awaitable[Confirmation]]


async def _write_down(timer: Timer) -> None:
    await write_effect(ambient(), timer.key, 1)


def _runner(
    ledger: Database,
    handle: Callable[[Timer], Awaitable[None]] = _write_down,
    confirm: Confirm | None = None,
    ask_for: timedelta = timedelta(minutes=5),
) -> TimerRunner:
    return TimerRunner(ledger, {KIND: TimerKind(KIND, handle, confirm)}, ask_for=ask_for)


async def _set(ledger: Database, *keys: str, after: timedelta = timedelta()) -> datetime:
    """Sets deadlines that come `after` this moment of business time; returns when that is."""
    async with ledger.transaction(TENANT) as transaction:
        due_at = transaction.now + after
        await transaction.timers.set_many(KIND, [(key, due_at, {}) for key in keys])
    return due_at


async def _cancel(ledger: Database, key: str) -> bool:
    async with ledger.transaction(TENANT) as transaction:
        return await transaction.timers.cancel(KIND, key)


async def _rows(ledger: Database) -> list[SqlRow]:
    async with ledger.system() as connection:
        return list((await connection.execute(_ROWS)).all())


async def _try_again(ledger: Database, runner: TimerRunner) -> None:
    """Runs what is due without waiting for the end of a pause between two tries."""
    async with ledger.system() as connection:
        await connection.execute(_DUE_NOW)
    await runner.run_due()


async def test_due_timers_fire_once_although_three_runners_race_for_them(ledger: Database) -> None:
    keys = [f"{number:02}" for number in range(30)]
    await _set(ledger, *keys)

    runners = [_runner(ledger) for _ in range(3)]
    await asyncio.gather(*(runner.run_due() for runner in runners for _ in range(2)))

    assert sorted(await effects(ledger)) == [(key, 1) for key in keys]
    assert await _rows(ledger) == []
    assert sum(runner.fired for runner in runners) == len(keys)


async def test_a_deadline_never_fires_early(ledger: Database) -> None:
    await _set(ledger, "a", after=HOUR)
    clock = BusinessClock(ledger, is_movable=True)

    looked_at = [await _runner(ledger).run_due()]
    await clock.move(HOUR - timedelta(minutes=1), hold_timers=False)
    looked_at.append(await _runner(ledger).run_due())
    assert (looked_at, await effects(ledger)) == ([0, 0], [])

    await clock.move(HOUR, hold_timers=False)
    await _runner(ledger).run_due()

    assert await effects(ledger) == [("a", 1)]


async def test_a_deadline_is_cancelled_or_fires_but_never_both(ledger: Database) -> None:
    keys = [f"{number:02}" for number in range(40)]
    await _set(ledger, *keys)
    runners = [_runner(ledger) for _ in range(2)]

    firing = asyncio.gather(*(runner.run_due() for runner in runners))
    cancelled = await asyncio.gather(*(_cancel(ledger, key) for key in keys))
    await firing

    withdrawn = {key for key, was_there in zip(keys, cancelled, strict=True) if was_there}
    fired = [key for key, _ in await effects(ledger)]
    assert sorted([*withdrawn, *fired]) == keys
    assert await _rows(ledger) == []


async def test_who_cancels_while_it_fires_is_told_at_once_that_it_was_too_late(ledger: Database) -> None:
    await _set(ledger, "a")
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(timer: Timer) -> None:
        begun.set()
        await go_on.wait()
        await _write_down(timer)

    firing = asyncio.create_task(_runner(ledger, slow).run_due())
    await begun.wait()
    was_there = await asyncio.wait_for(_cancel(ledger, "a"), 10)
    go_on.set()
    await firing

    assert was_there is False
    assert await effects(ledger) == [("a", 1)]


async def _is_waiting_for_a_lock(ledger: Database) -> bool:
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
    async with ledger.system() as connection:
        return bool(await connection.scalar(waiting))


async def test_effect_and_removal_happen_together_or_not_at_all(ledger: Database) -> None:
    await _set(ledger, "a")
    faults = [KeyError("bug")]

    async def fail_once(timer: Timer) -> None:
        await _write_down(timer)
        if faults:
            raise faults.pop()

    runner = _runner(ledger, fail_once)
    await runner.run_due()
    assert await effects(ledger) == []
    assert [row.fault for row in await _rows(ledger)] == ["KeyError"]

    await _try_again(ledger, runner)

    assert await effects(ledger) == [("a", 1)]


async def test_a_moved_deadline_does_not_fire_at_its_old_time(ledger: Database) -> None:
    await _set(ledger, "a")

    async def move_away(timer: Timer) -> Confirmation:
        await _set(ledger, timer.key, after=HOUR)
        return Confirmation.STILL_SILENT

    await _runner(ledger, confirm=move_away).run_due()
    again = await _runner(ledger, confirm=move_away).run_due()

    assert (again, await effects(ledger)) == (0, [])
    assert [row.key for row in await _rows(ledger)] == ["a"]


async def test_a_fault_of_the_old_deadline_is_not_held_against_the_moved_one(ledger: Database) -> None:
    await _set(ledger, "a")

    async def move_away_and_fail(timer: Timer) -> Confirmation:
        await _set(ledger, timer.key, after=HOUR)
        raise KeyError("bug")

    await _runner(ledger, confirm=move_away_and_fail).run_due()

    [moved] = await _rows(ledger)
    assert (moved.state, moved.attempts, moved.next_try_at) == ("due", 0, None)


async def test_a_deadline_whose_handler_always_fails_is_dead_after_twelve_attempts(ledger: Database) -> None:
    await _set(ledger, "a", "b")

    async def fail(timer: Timer) -> None:
        if timer.key == "a":
            raise KeyError("bug")
        await _write_down(timer)

    runner = _runner(ledger, fail)
    await runner.run_due()
    assert await runner.run_due() == 0, "it was tried again without a pause"
    for _ in range(11):
        await _try_again(ledger, runner)

    assert [(row.key, row.state, row.attempts) for row in await _rows(ledger)] == [("a", "dead", 12)]
    await _try_again(ledger, runner)
    assert [row.attempts for row in await _rows(ledger)] == [12]
    assert await effects(ledger) == [("b", 1)]


async def test_a_deadline_outlives_a_dependency_that_is_down_for_long(ledger: Database) -> None:
    await _set(ledger, "a")
    is_down = True

    async def depend(timer: Timer) -> None:
        if is_down:
            raise Unreachable("collab")
        await _write_down(timer)

    runner = _runner(ledger, depend)
    for _ in range(14):
        await _try_again(ledger, runner)
    assert [row.state for row in await _rows(ledger)] == ["due"]
    is_down = False
    await _try_again(ledger, runner)

    assert await effects(ledger) == [("a", 1)]


async def test_silence_is_confirmed_by_the_owner_of_the_fact_before_it_acts(ledger: Database) -> None:
    await _set(ledger, "answered", "silent")

    async def ask(timer: Timer) -> Confirmation:
        return Confirmation.ANSWERED if timer.key == "answered" else Confirmation.STILL_SILENT

    await _runner(ledger, confirm=ask).run_due()

    assert await effects(ledger) == [("silent", 1)]
    assert await _rows(ledger) == []


async def test_without_an_answer_it_is_asked_again_and_acts_unconfirmed_in_the_end(ledger: Database) -> None:
    await _set(ledger, "a")
    asked: list[str] = []
    acted: list[bool] = []

    async def ask(timer: Timer) -> Confirmation:
        asked.append(timer.key)
        raise Unreachable("pipeline")

    async def act(timer: Timer) -> None:
        acted.append(timer.is_confirmed)

    patient = _runner(ledger, act, ask)
    await patient.run_due()
    await _try_again(ledger, patient)
    assert (len(asked), acted) == (2, [])

    await _try_again(ledger, _runner(ledger, act, ask, ask_for=timedelta()))

    assert (len(asked), acted) == (3, [False])
    assert await _rows(ledger) == []


async def test_a_held_clock_holds_claims_until_it_is_let_go(ledger: Database) -> None:
    await _set(ledger, "a", after=HOUR)
    clock = BusinessClock(ledger, is_movable=True)

    await clock.move(2 * HOUR, hold_timers=True)
    held = await _runner(ledger).run_due()
    assert (held, await effects(ledger)) == (0, [])
    await clock.move(2 * HOUR, hold_timers=False)
    await _runner(ledger).run_due()

    assert await effects(ledger) == [("a", 1)]


async def test_a_deadline_found_due_before_the_clock_was_held_waits_too(ledger: Database) -> None:
    await _set(ledger, "a")
    clock = BusinessClock(ledger, is_movable=True)

    async def meanwhile_held(timer: Timer) -> Confirmation:
        await clock.move(HOUR, hold_timers=True)
        return Confirmation.STILL_SILENT

    await _runner(ledger, confirm=meanwhile_held).run_due()
    assert await effects(ledger) == []
    await clock.move(HOUR, hold_timers=False)
    await _runner(ledger).run_due()

    assert await effects(ledger) == [("a", 1)]


async def test_deadlines_that_follow_count_from_when_the_first_was_due(ledger: Database) -> None:
    first = await _set(ledger, "a")
    await BusinessClock(ledger, is_movable=True).move(HOUR / 2, hold_timers=False)

    async def follow(timer: Timer) -> None:
        await ambient().timers.set(KIND, timer.key, timer.due_at + HOUR, {})

    await _runner(ledger, follow).run_due()

    assert [(row.key, row.due_at) for row in await _rows(ledger)] == [("a", first + HOUR)]


async def test_the_handler_acts_for_the_tenant_whose_deadline_it_is(ledger: Database) -> None:
    async with ledger.transaction(OTHER_TENANT) as transaction:
        await transaction.timers.set(KIND, "a", transaction.now, {})

    await _runner(ledger).run_due()

    assert await effects(ledger, OTHER_TENANT) == [("a", 1)]
    assert await effects(ledger, TENANT) == []


@pytest.mark.timeout(300)
async def test_the_runner_outlives_a_database_that_is_killed_under_its_handlers(
    breakable_ledger: Database, breakable_postgres: BreakablePostgres
) -> None:
    ledger, server = breakable_ledger, breakable_postgres
    keys = [f"{number:02}" for number in range(12)]
    await _set(ledger, *keys)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def interrupted(timer: Timer) -> None:
        begun.set()
        await go_on.wait()
        await _write_down(timer)

    running = asyncio.create_task(_runner(ledger, interrupted).run())
    await begun.wait()
    await asyncio.to_thread(server.kill)
    go_on.set()
    await asyncio.to_thread(server.start)

    async def all_fired() -> bool:
        try:
            return not running.done() and len(await effects(ledger)) == len(keys)
        except Unreachable:
            return False

    await eventually_async(all_fired, 30)
    running.cancel()
    assert sorted(await effects(ledger)) == [(key, 1) for key in keys]
