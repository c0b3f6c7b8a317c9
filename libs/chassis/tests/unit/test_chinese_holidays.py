from __future__ import annotations

from datetime import date

import pytest

from chassis.chinese_holidays import CalendarDay, HolidaysNotPublished, chinese_holidays, published_years
from chassis.shifts import DayKind


def test_the_spring_festival_of_2026_is_there_with_its_makeup_saturdays() -> None:
    days = chinese_holidays([2026])

    around = [day for day in days if date(2026, 2, 10) <= day.date <= date(2026, 2, 28)]

    assert around[0] == CalendarDay(date(2026, 2, 14), DayKind.WORKING, "春节调休")
    assert [day.date.day for day in around if day.kind is DayKind.OFF] == list(range(15, 24))
    assert around[-1] == CalendarDay(date(2026, 2, 28), DayKind.WORKING, "春节调休")


def test_days_come_in_order_each_once_and_only_for_the_years_asked() -> None:
    days = [day.date for day in chinese_holidays([2025, 2024])]

    assert days == sorted(set(days))
    assert {day.year for day in days} == {2024, 2025}


def test_every_published_year_has_its_seven_holidays() -> None:
    for year in published_years():
        if year < 2008:
            continue  # Three of the seven became public holidays in 2008.
        names = {day.name for day in chinese_holidays([year]) if day.kind is DayKind.OFF}

        assert {"元旦", "春节", "清明", "劳动节", "端午", "国庆节"} <= names


def test_years_without_data_are_refused_by_name() -> None:
    unknown = published_years()[-1] + 1

    with pytest.raises(HolidaysNotPublished, match=f"No public holidays are published for 1999, {unknown};") as refusal:
        chinese_holidays([unknown, 2026, 1999])

    assert refusal.value.missing == (1999, unknown)
    assert refusal.value.published == published_years()
