"""The working calendar 工作日历 of a tenant: weekly hours, days off, make-up workdays 调休."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from chassis.chinese_holidays import CalendarDay
from chassis.errors import Invalid, Violation
from chassis.shifts import DayKind
from collab.domain.versions import succeeded


@dataclass(frozen=True, slots=True, order=True)
class WorkingHours:
    """Hours of one weekday; a day with a break has two."""

    weekday: int
    """1 Monday to 7 Sunday."""
    start_minute: int
    """Minutes after midnight."""
    end_minute: int


USUAL_HOURS = tuple(WorkingHours(weekday, 9 * 60, 18 * 60) for weekday in range(1, 6))
"""Monday to Friday, 9 to 18 o'clock."""


@dataclass(frozen=True, slots=True)
class DayAsked:
    """A day as somebody asks to set it: its date is still a text."""

    date: str
    kind: DayKind
    name: str


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Weekly hours and the days that differ from them."""

    hours: tuple[WorkingHours, ...]
    days: tuple[CalendarDay, ...]
    """By date, one for each."""
    holiday_years: frozenset[int] = field(default_factory=frozenset)
    """Years whose published holidays were put in."""
    version: int = 1

    @classmethod
    def usual(cls, holidays: Mapping[int, Sequence[CalendarDay]]) -> "WorkCalendar":
        """The calendar of a new tenant, given the public holidays by year."""
        days = tuple(sorted(day for year in holidays.values() for day in year))
        return cls(USUAL_HOURS, days, frozenset(holidays))

    def put(self, days: Sequence[DayAsked], hours: Sequence[WorkingHours]) -> "WorkCalendar":
        """The calendar with these days set and, where any are given, these hours.

        Raises:
            Invalid: names every day that is none or given twice, and all hours that end too early or overlap.
        """
        faults = _hour_faults(hours)
        asked: dict[date, CalendarDay] = {}
        for place, day in enumerate(days):
            at = _date(day.date)
            if at is None:
                faults.append(Violation(f"days[{place}].date", "date.unknown", f"{day.date} is no day"))
            elif at in asked:
                faults.append(Violation(f"days[{place}].date", "date.duplicate", f"{day.date} is given twice"))
            else:
                asked[at] = CalendarDay(at, day.kind, day.name)
        if faults:
            raise Invalid(faults)
        return succeeded(self, replace(self, days=self._days_with(asked), hours=tuple(sorted(hours)) or self.hours))

    def with_holidays(self, holidays: Mapping[int, Sequence[CalendarDay]]) -> "WorkCalendar":
        """The calendar with the holidays of years that it has not got yet. Days that the tenant has set stay."""
        new_years = holidays.keys() - self.holiday_years
        published = {day.date: day for year in new_years for day in holidays[year]}
        own = {day.date: day for day in self.days}
        years = self.holiday_years | frozenset(new_years)
        return succeeded(self, replace(self, days=self._days_with(published | own), holiday_years=years))

    def days_of(self, year: int) -> list[CalendarDay]:
        """The special days of a year, by date."""
        return [day for day in self.days if day.date.year == year]

    def knows_holidays_of(self, year: int) -> bool:
        """Whether the public holidays of the year are published and put in."""
        return year in self.holiday_years

    def _days_with(self, others: Mapping[date, CalendarDay]) -> tuple[CalendarDay, ...]:
        by_date = {**{day.date: day for day in self.days}, **others}
        return tuple(by_date[at] for at in sorted(by_date))


def _hour_faults(hours: Sequence[WorkingHours]) -> list[Violation]:
    faults = [
        Violation(f"hours[{place}].end_minute", "hours.order", "must lie after the start")
        for place, each in enumerate(hours)
        if each.end_minute <= each.start_minute
    ]
    in_order = sorted(enumerate(hours), key=lambda placed: placed[1])
    for (_, earlier), (place, later) in pairwise(in_order):
        if earlier.weekday == later.weekday and later.start_minute < earlier.end_minute:
            faults.append(
                Violation(f"hours[{place}].start_minute", "hours.overlap", "overlaps other hours of that day")
            )
    return faults


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
