"""Weekly shifts and the days that differ from them, laid out as working windows on the UTC time line.

Wall-clock times become instants by one rule that also holds where clocks change: a wall time means the first instant
that shows it, and a wall time that is skipped means the instant at which the clock jumps over it. So a night shift
across the end of summer time is an hour longer, one across its beginning an hour shorter, as those who work it know.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Self, TypeAlias
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
MICROSECOND = timedelta(microseconds=1)
BLOCK_US = timedelta(days=16) // MICROSECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NaiveTime(ValueError):
    """An instant came without a zone, so nobody knows which instant it is."""


def micros(at: datetime) -> int:
    """Microseconds from 1970-01-01T00:00Z to `at`.

    Raises:
        NaiveTime: `at` has no zone.
    """
    if at.tzinfo is None:
        message = f"{at.isoformat()} has no zone."
        raise NaiveTime(message)
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def instant(microseconds: int) -> datetime:
    """The aware UTC datetime so many microseconds after 1970-01-01T00:00Z."""
    return _EPOCH + timedelta(microseconds=microseconds)


@dataclass(frozen=True, slots=True)
class Interval:
    """Time from `start`, included, to `end`, excluded; both aware.

    Raises:
        NaiveTime: an end has no zone.
        ValueError: it does not end after it starts.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if micros(self.end) <= micros(self.start):
            message = f"An interval must end after it starts, but {self.end} is not after {self.start}."
            raise ValueError(message)


class DayKind(StrEnum):
    """What a date of the calendar is, whatever day of the week it falls on."""

    OFF = "off"
    WORKING = "working"


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """One working span of a day, in minutes of the wall clock after that day's midnight; the end is excluded.

    Raises:
        ValueError: `start_minute` is not in [0, 1440), or `end_minute` not in (start_minute, 2880].
    """

    start_minute: int
    end_minute: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_minute < DAY_MINUTES or not self.start_minute < self.end_minute <= 2 * DAY_MINUTES:
            message = f"A shift cannot run from minute {self.start_minute} to minute {self.end_minute}."
            raise ValueError(message)

    @classmethod
    def between(cls, opens: time, closes: time) -> Self:
        """A shift between two wall times in whole minutes; one that does not close later closes the next day."""
        start, end = (wall.hour * 60 + wall.minute for wall in (opens, closes))
        return cls(start, end if end > start else end + DAY_MINUTES)


ALL_DAY = Shift(0, DAY_MINUTES)

DayRule: TypeAlias = DayKind | tuple[Shift, ...]
"""What stands in a calendar for one date: off, a working day by the week's own shifts, or shifts of its own."""


@dataclass(frozen=True, slots=True)
class Week:
    """The shifts of the seven days, Monday first.

    `makeup` are the shifts of a make-up workday 调休 that falls on a day without shifts; left empty, they are those of
    the first day of the week that has any. Shifts may overlap and touch; the time they cover counts once.

    Raises:
        ValueError: there are not seven days.
    """

    days: tuple[tuple[Shift, ...], ...]
    makeup: tuple[Shift, ...] = ()

    def __post_init__(self) -> None:
        if len(self.days) != 7:
            message = f"A week has seven days, not {len(self.days)}."
            raise ValueError(message)

    @classmethod
    def on(cls, weekdays: Iterable[int], *shifts: Shift) -> Self:
        """The same shifts on each of these days, 0 Monday to 6 Sunday."""
        worked = frozenset(weekdays)
        return cls(tuple(shifts if day in worked else () for day in range(7)))

    def shifts_on(self, day: date, rule: DayRule | None) -> tuple[Shift, ...]:
        """The shifts of one date, given what the calendar says about it, if anything."""
        usual = self.days[day.weekday()]
        if rule is None:
            return usual
        if rule is DayKind.OFF:
            return ()
        if rule is DayKind.WORKING:
            return usual or self.makeup or next((shifts for shifts in self.days if shifts), ())
        return rule


@dataclass(frozen=True, slots=True)
class Block:
    """The working windows of one stretch of the time line, parted and in order, with the working time before each.

    All figures are microseconds; instants count from the epoch.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    total: int

    @classmethod
    def of(cls, windows: Sequence[tuple[int, int]]) -> Self:
        sums = tuple(accumulate((end - start for start, end in windows), initial=0))
        return cls(tuple(w[0] for w in windows), tuple(w[1] for w in windows), sums[:-1], sums[-1])

    def worked_until(self, at: int) -> int:
        """Working time of the block that lies before `at`."""
        last = bisect_right(self.starts, at) - 1
        return 0 if last < 0 else self.before[last] + min(at, self.ends[last]) - self.starts[last]

    def windows(self) -> Iterator[tuple[int, int]]:
        """The windows as pairs of start and end."""
        return zip(self.starts, self.ends, strict=True)

    def covers(self, at: int) -> bool:
        """True where `at` lies in one of the windows."""
        last = bisect_right(self.starts, at) - 1
        return last >= 0 and at < self.ends[last]

    def next_covered(self, at: int) -> int | None:
        """First instant of the block from `at` on that lies in a window; None where there is none."""
        if self.covers(at):
            return at
        following = bisect_left(self.starts, at)
        return self.starts[following] if following < len(self.starts) else None

    def earliest(self, worked: int) -> int:
        """First instant by which so much has been worked; 0 < worked ≤ total."""
        last = bisect_left(self.before, worked) - 1
        return self.starts[last] + worked - self.before[last]

    def latest(self, worked: int) -> int:
        """Last instant by which no more has been worked; 0 ≤ worked < total."""
        last = bisect_right(self.before, worked) - 1
        return self.starts[last] + worked - self.before[last]


@dataclass(frozen=True, slots=True)
class ShiftPattern:
    """A week in a zone with the dates that differ: holidays, make-up workdays, a rota of one's own.

    Blocks of 16 days are laid out when first asked for and kept, so a pattern shared by many people is computed once.
    """

    zone: ZoneInfo
    week: Week
    days: Mapping[date, DayRule] = field(default_factory=dict)
    _blocks: dict[int, Block] = field(default_factory=dict, init=False, repr=False, compare=False)

    def block(self, number: int) -> Block:
        """Block `number`, which covers the microseconds from number · BLOCK_US to (number + 1) · BLOCK_US."""
        kept = self._blocks.get(number)
        if kept is None:
            low = number * BLOCK_US
            kept = self._blocks[number] = Block.of(list(united(self._windows(low, low + BLOCK_US))))
        return kept

    def _windows(self, low: int, high: int) -> list[tuple[int, int]]:
        # A zone is up to a day from UTC and a shift may run two days on, so days before the block reach into it.
        first = (instant(low) - timedelta(days=3)).date()
        spans: list[tuple[int, int]] = []
        for offset in range((high - low) // (timedelta(days=1) // MICROSECOND) + 5):
            day = first + timedelta(days=offset)
            midnight = datetime.combine(day, time())
            for shift in self.week.shifts_on(day, self.days.get(day)):
                start = max(low, _micros_of_wall(midnight + timedelta(minutes=shift.start_minute), self.zone))
                end = min(high, _micros_of_wall(midnight + timedelta(minutes=shift.end_minute), self.zone))
                if start < end:
                    spans.append((start, end))
        return sorted(spans)


def united(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Sorted spans with those that overlap or touch made one."""
    current: tuple[int, int] | None = None
    for start, end in spans:
        if current is not None and start <= current[1]:
            current = (current[0], max(current[1], end))
            continue
        if current is not None:
            yield current
        current = (start, end)
    if current is not None:
        yield current


def subtracted(windows: Iterable[tuple[int, int]], cuts: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What is left of parted, sorted windows when parted, sorted cuts are taken out."""
    pending = list(cuts)
    for start, end in windows:
        opens = start
        for cut_start, cut_end in pending:
            if cut_start >= end:
                break
            if opens < cut_start:
                yield opens, cut_start
            opens = max(opens, cut_end)
        if opens < end:
            yield opens, end


def _micros_of_wall(wall: datetime, zone: ZoneInfo) -> int:
    """First instant at which the zone's clock shows `wall`, or the jump that skips it."""
    # `fold` tells the two readings apart: of a time shown twice 0 is the earlier; of a skipped one 0 takes the offset
    # before the jump and 1 that after it, so the jump lies between them.
    reading, other = wall.replace(tzinfo=zone), wall.replace(tzinfo=zone, fold=1)
    low, high = micros(other), micros(reading)
    if low >= high:
        return high
    offset = instant(low).astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if instant(middle).astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high
