"""When leads come in: by hour of the week, fewer on days off, more while the company stands at a trade fair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from chassis.shifts import DayKind

FAIR_DAYS: Final = (11, 12, 13)
"""Days of the month, from 0, on which the company stands at a trade fair 展会."""

# Relative weights by hour of the local day. People ask at work: two humps, a dent at lunch, a tail in the evening.
_WORKDAY: Final = (1, 0, 0, 0, 0, 0, 1, 4, 14, 46, 62, 50, 20, 30, 54, 56, 48, 34, 14, 10, 10, 8, 5, 2)
_DAY_OFF: Final = (1, 0, 0, 0, 0, 0, 0, 1, 3, 8, 13, 12, 6, 7, 11, 12, 10, 8, 5, 5, 5, 4, 3, 1)
# Monday first: the week starts with what gathered over the weekend and runs out on Friday.
_WEEKDAY_FACTOR: Final = (1.2, 1.1, 1.05, 1.0, 0.85, 1.0, 0.9)
_FAIR_FACTOR: Final = 1.5


@dataclass(frozen=True, slots=True)
class Month:
    """The days on which leads come in, in the company's zone, with the dates that differ from their weekday."""

    start: date
    days: int
    zone: ZoneInfo
    calendar: Mapping[date, DayKind]

    def is_workday(self, day: date) -> bool:
        kind = self.calendar.get(day)
        return day.weekday() < 5 if kind is None else kind is DayKind.WORKING


@dataclass(frozen=True, slots=True, order=True)
class Arrival:
    """A moment at which a lead comes in; `is_fair` while the trade fair is open."""

    at: datetime
    hour: int
    is_fair: bool


def draw_arrivals(random: Random, count: int, month: Month) -> tuple[Arrival, ...]:
    """`count` arrivals over the month, in order; no two at the same second."""
    hours: list[tuple[int, int]] = []
    weights: list[float] = []
    for offset in range(month.days):
        day = month.start + timedelta(days=offset)
        profile = _WORKDAY if month.is_workday(day) else _DAY_OFF
        factor = _WEEKDAY_FACTOR[day.weekday()] * (_FAIR_FACTOR if offset in FAIR_DAYS else 1)
        hours += [(offset, hour) for hour in range(24)]
        weights += [weight * factor for weight in profile]
    taken: set[tuple[int, int, int]] = set()
    while len(taken) < count:
        offset, hour = random.choices(hours, weights)[0]
        taken.add((offset, hour, random.randrange(3600)))
    return tuple(sorted(_arrival(month, *moment) for moment in taken))


def _arrival(month: Month, offset: int, hour: int, second: int) -> Arrival:
    day = month.start + timedelta(days=offset)
    at = datetime.combine(day, time(hour), month.zone).astimezone(UTC) + timedelta(seconds=second)
    return Arrival(at, hour, offset in FAIR_DAYS and 9 <= hour < 17)
