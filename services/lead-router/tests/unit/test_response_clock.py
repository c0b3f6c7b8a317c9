"""How long a clock has run and when it is due, in calendar and in working time, with pauses."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_router.domain.errors import ClockStateForbids
from lead_router.domain.response_clock import CalendarTime, ClockKind, ClockRule, ResponseClock, TimeCounted

from .builders import HOUR, MINUTE, NOW

CALENDAR = CalendarTime()


class OfficeHours:
    """Working time from 01:00 to 10:00 UTC on every day: 9 to 18 in Shanghai."""

    def add(self, start: datetime, span: timedelta) -> datetime:
        at = start
        while span > timedelta(0):
            at = max(at, self._opens(at))
            left = self._opens(at) + 9 * HOUR - at
            if left <= timedelta(0):
                at = self._opens(at) + 24 * HOUR
                continue
            step = min(left, span)
            at, span = at + step, span - step
        return at

    def between(self, start: datetime, end: datetime) -> timedelta:
        worked, opens = timedelta(0), self._opens(start)
        while opens < end:
            worked += max(timedelta(0), min(end, opens + 9 * HOUR) - max(start, opens))
            opens += 24 * HOUR
        return worked

    def _opens(self, at: datetime) -> datetime:
        return at.replace(hour=1, minute=0, second=0, microsecond=0)


def a_clock(counts: TimeCounted = TimeCounted.CALENDAR, limit: timedelta = 2 * HOUR) -> ResponseClock:
    return ResponseClock(ClockKind.RESPONSE, NOW, ClockRule(limit, counts))


def test_calendar_time_runs_through_the_night() -> None:
    clock = a_clock(limit=48 * HOUR)

    assert clock.due_at(OfficeHours()) == NOW + 48 * HOUR


def test_working_time_stands_still_outside_office_hours() -> None:
    clock = a_clock(TimeCounted.WORKING, limit=8 * HOUR)

    due = clock.due_at(OfficeHours())

    assert due == NOW.replace(hour=2) + 24 * HOUR
    assert clock.elapsed(due, OfficeHours()) == 8 * HOUR


def test_a_pause_before_the_due_time_moves_it_and_one_after_it_does_not() -> None:
    early = a_clock().pause(NOW + HOUR, "holiday").resume(NOW + 3 * HOUR)
    late = a_clock().pause(NOW + 3 * HOUR, "holiday").resume(NOW + 4 * HOUR)

    assert early.due_at(CALENDAR) == NOW + 4 * HOUR
    assert late.due_at(CALENDAR) == NOW + 2 * HOUR


def test_a_pause_that_begins_at_the_due_time_comes_too_late() -> None:
    clock = a_clock().pause(NOW + 2 * HOUR, "holiday")

    assert clock.due_at(CALENDAR) == NOW + 2 * HOUR
    assert clock.is_overdue(NOW + 2 * HOUR, CALENDAR)


def test_a_paused_clock_has_no_due_time_and_is_not_overdue() -> None:
    clock = a_clock().pause(NOW + HOUR, "holiday")

    assert clock.due_at(CALENDAR) is None
    assert not clock.is_overdue(NOW + 100 * HOUR, CALENDAR)
    assert clock.elapsed(NOW + 100 * HOUR, CALENDAR) == HOUR


def test_a_stopped_clock_is_never_overdue() -> None:
    clock = a_clock().stop(NOW + 5 * HOUR)

    assert not clock.is_overdue(NOW + 9 * HOUR, CALENDAR)
    assert clock.elapsed(NOW + 9 * HOUR, CALENDAR) == 5 * HOUR


def test_pausing_twice_or_resuming_a_running_clock_is_refused() -> None:
    with pytest.raises(ClockStateForbids):
        a_clock().resume(NOW)
    with pytest.raises(ClockStateForbids):
        a_clock().pause(NOW, "once").pause(NOW, "twice")
    with pytest.raises(ClockStateForbids):
        a_clock().stop(NOW).pause(NOW, "too late")


@given(
    pauses=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=5),
    limit_minutes=st.integers(1, 600),
    counts=st.sampled_from(TimeCounted),
)
def test_at_its_due_time_a_clock_has_run_exactly_its_limit(
    pauses: list[tuple[int, int]], limit_minutes: int, counts: TimeCounted
) -> None:
    clock, cursor = a_clock(counts, limit_minutes * MINUTE), NOW
    for running, resting in pauses:
        paused_at = cursor + running * MINUTE
        cursor = paused_at + resting * MINUTE
        clock = clock.pause(paused_at, "because").resume(cursor)

    due = clock.due_at(OfficeHours())

    assert due is not None
    assert clock.elapsed(due, OfficeHours()) == limit_minutes * MINUTE
    assert clock.is_overdue(due, OfficeHours())
    assert not clock.is_overdue(due - MINUTE, OfficeHours())
