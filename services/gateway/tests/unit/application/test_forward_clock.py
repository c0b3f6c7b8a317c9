"""Moving the clocks of all services together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from chassis.errors import InFlight, Unreachable
from gateway.application.forward_clock import ClockStopped, ForwardClock, Moved
from gateway.application.ports import Rest
from gateway.application.settle import NotSettled, Settle

NOW = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass
class SuiteInMemory:
    """Two services on one real time that stands still; timers run at the look after they are let go."""

    services: Sequence[str] = ("collab", "lead-router")
    offsets: dict[str, timedelta] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    timers: dict[str, list[datetime]] = field(default_factory=dict)
    fired: list[tuple[datetime, str, datetime]] = field(default_factory=list)
    """When it was due, by whom, at what business time it ran."""
    log: list[tuple[str, timedelta, bool]] = field(default_factory=list)
    broken: str = ""
    restless: bool = False
    stuck: bool = False
    looks: int = 0
    published: dict[str, int] = field(default_factory=dict)
    consumers: dict[str, list[str]] = field(default_factory=dict)
    """They read what is published once they are awaited."""
    consumed: dict[str, int] = field(default_factory=dict)
    awaited: list[tuple[str, Sequence[str]]] = field(default_factory=list)

    async def rest_of(self, service: str, awaited: Sequence[str] = ()) -> Rest:
        self.looks += 1
        self.awaited.append((service, tuple(awaited)))
        for consumer in awaited:
            name, _, topic = consumer.partition("|")
            self.consumed |= {f"{name}|{place}": at for place, at in self.published.items() if place.startswith(topic)}
        now = NOW + self.offsets.get(service, timedelta())
        due = sorted(at for at in self.timers.get(service, []) if at <= now)
        if due and service not in self.held and not self.stuck:
            self.timers[service].remove(due[0])
            self.fired.append((due[0], service, now))
        waiting = sorted(self.timers.get(service, []))
        progress = self.looks if self.restless else len(self.fired)
        return Rest(
            now,
            timers_due=len(due),
            next_timer_at=min(waiting, default=None),
            progress=progress + len(self.consumed),
            published=self.published,
            consumed=self.consumed,
            consumers=self.consumers.get(service, []),
        )

    async def move_clock(self, service: str, offset: timedelta, *, hold_timers: bool) -> None:
        if service == self.broken:
            raise Unreachable(service)
        assert offset >= self.offsets.get(service, timedelta())
        self.log.append((service, offset, hold_timers))
        self.offsets[service] = offset
        (self.held.add if hold_timers else self.held.discard)(service)


def a_clock(suite: SuiteInMemory, patience_s: float = 5.0, longest_s: float = 50.0) -> ForwardClock:
    """A look takes a tenth of a second."""
    ticks = iter(range(10_000))

    async def no_pause(_: float) -> None:
        await asyncio.sleep(0)

    settle = Settle(suite, patience_s, longest_s, clock=lambda: next(ticks) / 10, sleep=no_pause)
    return ForwardClock(suite, settle, lambda: NOW)


async def moved(clock: ForwardClock, by: timedelta) -> list[Moved]:
    return [step async for step in clock(by)]


async def test_timers_of_all_services_run_at_their_due_times_in_order() -> None:
    due = [NOW + timedelta(minutes=minutes) for minutes in (30, 45, 150)]
    suite = SuiteInMemory(timers={"collab": [due[1]], "lead-router": [due[2], due[0]]})

    steps = await moved(a_clock(suite), 3 * HOUR)

    assert suite.fired == [(due[0], "lead-router", due[0]), (due[1], "collab", due[1]), (due[2], "lead-router", due[2])]
    assert steps[-1].moved == 3 * HOUR
    assert steps[-1].business_now == NOW + 3 * HOUR
    assert set(suite.offsets.values()) == {3 * HOUR}


async def test_without_timers_it_goes_by_the_day() -> None:
    suite = SuiteInMemory()

    steps = await moved(a_clock(suite), 2 * DAY + HOUR)

    assert [step.moved for step in steps] == [DAY, 2 * DAY, 2 * DAY + HOUR]


async def test_consumers_that_are_behind_are_made_to_look_and_no_others() -> None:
    suite = SuiteInMemory(published={"lead/0": 3}, consumers={"collab": ["notes|lead"], "lead-router": []})

    await a_clock(suite).settle()

    assert suite.awaited[0] == ("collab", ())
    assert ("collab", ("notes|lead",)) in suite.awaited
    assert suite.awaited[-2:] == [("collab", ()), ("lead-router", ())]


async def test_all_timers_are_held_before_the_first_is_let_go() -> None:
    suite = SuiteInMemory()

    await moved(a_clock(suite), HOUR)

    assert suite.log == [
        ("collab", HOUR, True),
        ("lead-router", HOUR, True),
        ("collab", HOUR, False),
        ("lead-router", HOUR, False),
    ]


async def test_a_suite_whose_clocks_differ_goes_on_from_the_one_furthest_ahead() -> None:
    suite = SuiteInMemory(offsets={"collab": HOUR})

    await moved(a_clock(suite), HOUR)

    assert suite.offsets == {"collab": 2 * HOUR, "lead-router": 2 * HOUR}


async def test_a_service_that_fails_stops_the_clock_and_no_timer_stays_held() -> None:
    suite = SuiteInMemory(broken="collab")

    with pytest.raises(ClockStopped) as caught:
        await moved(a_clock(suite), 3 * HOUR)

    assert caught.value.metadata == {"moved_s": "0", "cause": "collab does not answer."}
    assert suite.held == set()


async def test_a_suite_that_never_rests_stops_the_clock() -> None:
    suite = SuiteInMemory(restless=True)

    with pytest.raises(ClockStopped) as caught:
        await moved(a_clock(suite), HOUR)

    assert isinstance(caught.value.__cause__, NotSettled)


async def test_work_that_no_longer_moves_stops_the_clock_and_is_named() -> None:
    suite = SuiteInMemory(timers={"collab": [NOW]}, stuck=True)

    with pytest.raises(ClockStopped) as caught:
        await moved(a_clock(suite, longest_s=10_000.0), HOUR)

    assert caught.value.metadata["cause"].endswith("collab: 1 timers due.")


async def test_work_that_still_moves_is_waited_for_beyond_the_patience() -> None:
    at_once = [NOW + timedelta(milliseconds=number) for number in range(100)]
    suite = SuiteInMemory(timers={"collab": at_once})

    await moved(a_clock(suite, patience_s=0.5), HOUR)

    assert len(suite.fired) == 100


async def test_deadlines_within_half_a_minute_run_in_one_step() -> None:
    due = [NOW + timedelta(minutes=30, seconds=seconds) for seconds in (0, 20, 29)]
    suite = SuiteInMemory(timers={"collab": due[:2], "lead-router": due[2:]})

    steps = await moved(a_clock(suite), HOUR)

    assert [step.moved for step in steps] == [timedelta(minutes=30), timedelta(minutes=30, seconds=30), HOUR]


async def test_a_longer_shortest_step_runs_deadlines_together_and_in_their_order() -> None:
    due = [NOW + timedelta(minutes=minutes) for minutes in (30, 34, 39, 55)]
    suite = SuiteInMemory(timers={"collab": list(due)})
    shortest = timedelta(minutes=10)

    steps = [step.moved async for step in a_clock(suite)(HOUR, shortest)]

    assert steps == [timedelta(minutes=minutes) for minutes in (30, 40, 55, 60)]
    assert [at for at, _, _ in suite.fired] == due
    assert all(ran - at < shortest for at, _, ran in suite.fired)


async def test_two_moves_do_not_run_at_the_same_time() -> None:
    clock = a_clock(SuiteInMemory())
    running = clock(2 * HOUR)
    await anext(running)

    with pytest.raises(InFlight):
        await moved(clock, HOUR)

    await running.aclose()
    assert await moved(clock, HOUR)
