"""Days, weeks and months of a tenant's zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from scoring.domain.funnel import Grouping


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time that has a name, such as `2026-W11`."""

    name: str
    ends_at: datetime
    """The first moment after it."""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of the calendar."""

    year: int
    number: int

    @classmethod
    def of(cls, moment: datetime, zone: ZoneInfo) -> Self:
        """The month in which the moment lies there."""
        local = moment.astimezone(zone)
        return cls(local.year, local.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The month of a text such as `2026-03`.

        Raises:
            ValueError: it is none.
        """
        first = date.fromisoformat(f"{text}-01")
        return cls(first.year, first.month)

    def next(self) -> Month:
        """The month after it."""
        return Month(self.year + 1, 1) if self.number == 12 else Month(self.year, self.number + 1)

    def begins_at(self, zone: ZoneInfo) -> datetime:
        """Its first moment there."""
        return datetime(self.year, self.number, 1, tzinfo=zone)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"


def periods(grouping: Grouping, begin: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Period]:
    """The days, weeks or months that touch [`begin`, `end`), in their order."""
    first = _first_day(grouping, begin.astimezone(zone).date())
    while datetime.combine(first, time(), zone) < end:
        after = _first_day(grouping, first + _AT_LEAST[grouping])
        yield Period(_name(grouping, first), datetime.combine(after, time(), zone))
        first = after


_AT_LEAST = {Grouping.DAY: timedelta(days=1), Grouping.WEEK: timedelta(days=7), Grouping.MONTH: timedelta(days=31)}
"""From the first day of a period, this leads into the next one and no further."""


def _first_day(grouping: Grouping, day: date) -> date:
    match grouping:
        case Grouping.MONTH:
            return day.replace(day=1)
        case Grouping.WEEK:
            return day - timedelta(days=day.weekday())
        case _:
            return day


def _name(grouping: Grouping, first: date) -> str:
    match grouping:
        case Grouping.MONTH:
            return f"{first:%Y-%m}"
        case Grouping.WEEK:
            year, week, _ = first.isocalendar()
            return f"{year}-W{week:02}"
        case _:
            return first.isoformat()
