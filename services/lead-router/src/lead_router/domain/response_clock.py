"""The two clocks of a lead: two hours until the first answer, 48 hours until a follow-up.

The response clock (LR-11) runs from receipt, whoever owns the lead by then; the follow-up clock (LR-10) runs from
ownership and starts anew with every owner. Each counts calendar or working time as the policy said when it started, and
stands still while paused with a reason (X-02). The clocks know no alarm: `lead_clocks.py` rings them.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from lead_router.domain.errors import ClockStateForbids


class WorkingTime(Protocol):
    """Time as a calendar counts it; `chassis.working_time` has it for tenants, shifts and holidays."""

    def add(self, start: datetime, span: timedelta) -> datetime:
        """The first instant by which `span` has been worked since `start`."""
        ...

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Time worked from `start` to `end`."""
        ...


class CalendarTime:
    """Every hour counts, nights and holidays too."""

    def add(self, start: datetime, span: timedelta) -> datetime:
        return start + span

    def between(self, start: datetime, end: datetime) -> timedelta:
        return end - start


class TimeCounted(StrEnum):
    CALENDAR = "calendar"
    WORKING = "working"


class ClockKind(StrEnum):
    RESPONSE = "response"
    FOLLOW_UP = "follow_up"


@dataclass(frozen=True, slots=True)
class ClockRule:
    """How long a clock may run, and in which time."""

    limit: timedelta
    counts: TimeCounted = TimeCounted.CALENDAR


@dataclass(frozen=True, slots=True)
class ClockTerms:
    """What the policy and the calendar say about both clocks at this moment."""

    response: ClockRule
    follow_up: ClockRule
    working: WorkingTime


@dataclass(frozen=True, slots=True)
class Pause:
    since: datetime
    reason: str
    until: datetime | None = None
    """None while the pause lasts."""


@dataclass(frozen=True, slots=True)
class ResponseClock:
    """One running, paused or stopped clock. Immutable: every move gives a new one.

    It keeps the rule it was started under, so that a policy published later moves no deadline already promised.
    """

    kind: ClockKind
    started_at: datetime
    rule: ClockRule
    pauses: tuple[Pause, ...] = ()
    stopped_at: datetime | None = None

    @property
    def is_paused(self) -> bool:
        return bool(self.pauses) and self.pauses[-1].until is None

    def due_at(self, working: WorkingTime) -> datetime | None:
        """When the limit is used up; None while the clock is paused before that, for then nobody can say.

        A stopped clock still tells when it would have been due.
        """
        time = self._time(working)
        left, cursor = self.rule.limit, self.started_at
        for pause in self.pauses:
            used = time.between(cursor, pause.since)
            if used >= left:
                break
            if pause.until is None:
                return None
            left, cursor = left - used, pause.until
        return time.add(cursor, left)

    def elapsed(self, at: datetime, working: WorkingTime) -> timedelta:
        """Time counted until `at`, or until the clock was stopped; pauses do not count."""
        time = self._time(working)
        end = at if self.stopped_at is None else min(at, self.stopped_at)
        counted = time.between(self.started_at, end)
        for pause in self.pauses:
            until = end if pause.until is None else min(pause.until, end)
            if pause.since < until:
                counted -= time.between(pause.since, until)
        return max(counted, timedelta(0))

    def is_overdue(self, at: datetime, working: WorkingTime) -> bool:
        """Whether it still runs and its limit is used up."""
        due = self.due_at(working)
        return self.stopped_at is None and due is not None and due <= at

    def pause(self, at: datetime, reason: str) -> "ResponseClock":
        """Stands still from `at` on. Raises `ClockStateForbids` where it is stopped, or paused already."""
        self._require(not self.is_paused, "paused")
        return replace(self, pauses=(*self.pauses, Pause(max(at, self.started_at), reason)))

    def resume(self, at: datetime) -> "ResponseClock":
        """Runs again from `at` on. Raises `ClockStateForbids` where it is stopped, or not paused."""
        self._require(self.is_paused, "running")
        *before, last = self.pauses
        return replace(self, pauses=(*before, replace(last, until=max(at, last.since))))

    def stop(self, at: datetime) -> "ResponseClock":
        """Stops for good; an earlier stop stays. A pause ends with it."""
        if self.stopped_at is not None and self.stopped_at <= at:
            return self
        running = self.resume(at) if self.is_paused else self
        return replace(running, stopped_at=at)

    def _time(self, working: WorkingTime) -> WorkingTime:
        return working if self.rule.counts is TimeCounted.WORKING else CalendarTime()

    def _require(self, holds: bool, state: str) -> None:
        if self.stopped_at is not None:
            raise ClockStateForbids(self.kind, "stopped")
        if not holds:
            raise ClockStateForbids(self.kind, state)
