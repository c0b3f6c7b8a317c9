"""Chinese public holidays and make-up workdays 调休 as defaults for a tenant's calendar.

The State Council announces each year's days late in the year before. The data come from `chinesecalendar`, so the
years known depend on its release; a year it does not know is refused rather than guessed, for a deadline that counts
on a guessed holiday is wrong without anybody noticing. Tenants edit the days afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

from chinese_calendar import Holiday  # type: ignore[import-untyped]  # it ships no types
from chinese_calendar.constants import holidays, workdays  # type: ignore[import-untyped]  # it ships no types

from chassis.shifts import DayKind


@dataclass(frozen=True, slots=True, order=True)
class CalendarDay:
    """A date that differs from its day of the week, with the Chinese name of the occasion."""

    date: date
    kind: DayKind
    name: str


class HolidaysNotPublished(LookupError):
    """Years were asked for whose holidays the data do not have.

    `missing` are those years, `published` all years that can be had.
    """

    def __init__(self, missing: Iterable[int], published: Iterable[int]) -> None:
        self.missing = tuple(sorted(missing))
        self.published = tuple(sorted(published))
        asked = ", ".join(map(str, self.missing))
        known = f"{self.published[0]} to {self.published[-1]}"
        super().__init__(f"No public holidays are published for {asked}; there are data for {known}.")


@cache
def published_years() -> tuple[int, ...]:
    """The years whose holidays are known, in order.

    The autumn holiday ends a year's announcement, so a year that has it is there in full; days of January alone may
    have come with the announcement of the year before.
    """
    return tuple(sorted({day.year for day, name in holidays.items() if name == Holiday.national_day.value}))


def chinese_holidays(years: Iterable[int]) -> tuple[CalendarDay, ...]:
    """The holidays, weekends among them included, and the make-up workdays of these years, in order of date.

    Raises:
        HolidaysNotPublished: for any of the years there are no data; it names them all.
    """
    wanted, known = frozenset(years), published_years()
    if missing := wanted.difference(known):
        raise HolidaysNotPublished(missing, known)
    off = [CalendarDay(day, DayKind.OFF, _chinese(name)) for day, name in holidays.items() if day.year in wanted]
    made_up = [(day, f"{_chinese(name)}调休") for day, name in workdays.items() if day.year in wanted]
    return tuple(sorted([*off, *(CalendarDay(day, DayKind.WORKING, name) for day, name in made_up)]))


def _chinese(english: str) -> str:
    return str(Holiday(english).chinese)
