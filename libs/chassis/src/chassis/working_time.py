"""Arithmetic of deadlines in working time, or in calendar time by the same calls.

A rule says which of the two its clock counts; the code that runs the clock holds a `WorkingTime` and need not know.
Instants go in aware and come out in UTC. Working time is exact to the microsecond, across holidays, make-up workdays,
night shifts and changes of the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from chassis.shifts import (
    ALL_DAY,
    BLOCK_US,
    MICROSECOND,
    Block,
    DayRule,
    Interval,
    ShiftPattern,
    Week,
    instant,
    micros,
    subtracted,
    united,
)

LONGEST_GAP = timedelta(days=3 * 366)
"""A calendar without any working time for so long is taken to have none at all."""

_MINUTE_US = timedelta(minutes=1) // MICROSECOND
_GAP_BLOCKS = -(-(LONGEST_GAP // MICROSECOND) // BLOCK_US)


class NoWorkingTime(ValueError):
    """The calendar has no working time within `LONGEST_GAP` of an instant: empty shifts, or leave without end."""

    def __init__(self, at: datetime) -> None:
        super().__init__(f"No working time within {LONGEST_GAP.days} days of {at.isoformat()}.")
        self.at = at


class WorkingTime(Protocol):
    """Time as a rule counts it. Every method raises `NaiveTime` for an instant without a zone."""

    def add(self, start: datetime, span: timedelta) -> datetime:
        """The first instant by which `span` has been worked since `start`: the deadline.

        A negative span goes back, to the last instant from which its length is worked until `start`. Zero gives
        `start` itself, working or not. `between(start, add(start, span)) == span` holds for every span.
        """
        ...

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Time worked in [start, end); negative, and as long, where `end` comes first."""
        ...

    def is_working(self, at: datetime) -> bool:
        """True where `at` lies in working time; the first instant of a shift does, its end does not."""
        ...

    def next_working(self, at: datetime) -> datetime:
        """`at` itself where it lies in working time, else the next instant that does."""
        ...

    def minutes_until_working(self, at: datetime) -> int:
        """Whole minutes, rounded up, until `next_working(at)`; 0 where `at` lies in working time."""
        ...

    def windows(self, start: datetime, end: datetime) -> Iterator[Interval]:
        """The working time of [start, end) as parted intervals in order, cut to it."""
        ...

    def without(self, absences: Iterable[Interval]) -> WorkingTime:
        """The same time with these intervals cut out: leave of a person, or the pauses of a clock."""
        ...


@dataclass(frozen=True, slots=True)
class CalendarTime:
    """Time that always runs."""

    def add(self, start: datetime, span: timedelta) -> datetime:
        return instant(micros(start) + span // MICROSECOND)

    def between(self, start: datetime, end: datetime) -> timedelta:
        return timedelta(microseconds=micros(end) - micros(start))

    def is_working(self, at: datetime) -> bool:
        micros(at)
        return True

    def next_working(self, at: datetime) -> datetime:
        return instant(micros(at))

    def minutes_until_working(self, at: datetime) -> int:
        micros(at)
        return 0

    def windows(self, start: datetime, end: datetime) -> Iterator[Interval]:
        if micros(start) < micros(end):
            yield Interval(instant(micros(start)), instant(micros(end)))

    def without(self, absences: Iterable[Interval]) -> WorkingTime:
        return WorkingCalendar(ShiftPattern(ZoneInfo("UTC"), Week.on(range(7), ALL_DAY)), tuple(absences))


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Working time of a tenant or, by `for_person`, of one of its people.

    Calls cost a few microseconds once the 16-day blocks they touch have been laid out, under half a millisecond each.
    Calendars of people with the tenant's own hours share the tenant's blocks. Safe to use from several threads.

    Raises:
        NoWorkingTime: from `add`, `next_working` and `minutes_until_working`, where there is none to be found.
    """

    pattern: ShiftPattern
    absences: tuple[Interval, ...] = ()
    _cut: dict[int, Block] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, zone: ZoneInfo, week: Week, days: Mapping[date, DayRule] | None = None) -> WorkingCalendar:
        """A tenant's calendar; `days` holds the holidays, the make-up workdays and other dates that differ."""
        return cls(ShiftPattern(zone, week, dict(days or {})))

    def for_person(
        self,
        *,
        week: Week | None = None,
        days: Mapping[date, DayRule] | None = None,
        leave: Iterable[Interval] = (),
    ) -> WorkingCalendar:
        """This calendar with a person's own shifts, dates (they go before the tenant's) and leave."""
        pattern = self.pattern
        if week is not None or days:
            pattern = ShiftPattern(pattern.zone, week or pattern.week, {**pattern.days, **(days or {})})
        return WorkingCalendar(pattern, (*self.absences, *leave))

    def without(self, absences: Iterable[Interval]) -> WorkingCalendar:
        return self.for_person(leave=absences)

    def add(self, start: datetime, span: timedelta) -> datetime:
        at, length = micros(start), span // MICROSECOND
        if length == 0:
            return instant(at)
        number = at // BLOCK_US
        target = self._block(number).worked_until(at) + length
        return instant(self._forward(start, number, target) if length > 0 else self._back(start, number, target))

    def between(self, start: datetime, end: datetime) -> timedelta:
        low, high = micros(start), micros(end)
        if low > high:
            return -self.between(end, start)
        first, last = low // BLOCK_US, high // BLOCK_US
        whole = sum(self._block(number).total for number in range(first, last))
        worked = whole + self._block(last).worked_until(high) - self._block(first).worked_until(low)
        return timedelta(microseconds=worked)

    def is_working(self, at: datetime) -> bool:
        return self._block(micros(at) // BLOCK_US).covers(micros(at))

    def next_working(self, at: datetime) -> datetime:
        return instant(self._next(at))

    def minutes_until_working(self, at: datetime) -> int:
        return -(-(self._next(at) - micros(at)) // _MINUTE_US)

    def windows(self, start: datetime, end: datetime) -> Iterator[Interval]:
        low, high = micros(start), micros(end)
        blocks = (self._block(number) for number in range(low // BLOCK_US, high // BLOCK_US + 1))
        spans = ((max(low, opens), min(high, closes)) for block in blocks for opens, closes in block.windows())
        # Uniting joins the two pieces of a night shift that crosses the edge of a block.
        for opens, closes in united((opens, closes) for opens, closes in spans if opens < closes):
            yield Interval(instant(opens), instant(closes))

    def _next(self, at: datetime) -> int:
        """`next_working` in microseconds."""
        here = micros(at)
        first = here // BLOCK_US
        for number in range(first, first + _GAP_BLOCKS + 1):
            found = self._block(number).next_covered(here)
            if found is not None:
                return found
        raise NoWorkingTime(at)

    def _forward(self, start: datetime, number: int, target: int) -> int:
        """First instant by which `target` has been worked since block `number` began."""
        idle = 0
        while (block := self._block(number)).total < target:
            target -= block.total
            number += 1
            idle = 0 if block.total else idle + 1
            if idle > _GAP_BLOCKS:
                raise NoWorkingTime(start)
        return block.earliest(target)

    def _back(self, start: datetime, number: int, target: int) -> int:
        """Last instant by which `target`, negative for a time before it, has been worked since block `number` began."""
        idle = 0
        while target < 0:
            number -= 1
            total = self._block(number).total
            target += total
            idle = 0 if total else idle + 1
            if idle > _GAP_BLOCKS:
                raise NoWorkingTime(start)
        return self._block(number).latest(target)

    def _block(self, number: int) -> Block:
        kept = self._cut.get(number) if self.absences else self.pattern.block(number)
        if kept is None:
            kept = self._cut[number] = self._cut_out(number)
        return kept

    def _cut_out(self, number: int) -> Block:
        """A block of the pattern without the absences, or that very block where none touches it."""
        low, high = number * BLOCK_US, (number + 1) * BLOCK_US
        spans = [(max(low, micros(away.start)), min(high, micros(away.end))) for away in self.absences]
        whole = self.pattern.block(number)
        touching = sorted(span for span in spans if span[0] < span[1])
        return Block.of(list(subtracted(whole.windows(), united(touching)))) if touching else whole
