from __future__ import annotations

from datetime import date

import pytest

from chassis.chinese_holidays import CalendarDay
from chassis.errors import Invalid
from chassis.shifts import DayKind
from collab.domain.work_calendar import USUAL_HOURS, DayAsked, WorkCalendar, WorkingHours

NEW_YEAR = CalendarDay(date(2026, 1, 1), DayKind.OFF, "元旦")


def usual() -> WorkCalendar:
    return WorkCalendar.usual({2026: [NEW_YEAR]})


def off(day: str) -> DayAsked:
    return DayAsked(day, DayKind.OFF, "")


def faults(days: list[DayAsked], hours: list[WorkingHours]) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        usual().put(days, hours)
    return {fault.field: fault.reason for fault in refused.value.violations}


def test_a_new_tenant_works_from_monday_to_friday_and_rests_on_holidays() -> None:
    calendar = usual()

    assert [(each.weekday, each.start_minute, each.end_minute) for each in calendar.hours] == [
        (weekday, 540, 1080) for weekday in range(1, 6)
    ]
    assert calendar.days_of(2026) == [NEW_YEAR]
    assert calendar.knows_holidays_of(2026)
    assert not calendar.knows_holidays_of(2027)


def test_days_that_are_set_replace_those_of_the_same_date_and_leave_the_others() -> None:
    calendar = usual().put([DayAsked("2026-01-01", DayKind.WORKING, "盘点"), off("2026-05-04")], [])

    assert calendar.version == 2
    assert calendar.hours == USUAL_HOURS
    assert calendar.days_of(2026) == [
        CalendarDay(date(2026, 1, 1), DayKind.WORKING, "盘点"),
        CalendarDay(date(2026, 5, 4), DayKind.OFF, ""),
    ]


def test_setting_what_is_set_already_changes_nothing() -> None:
    calendar = usual()

    assert calendar.put([DayAsked("2026-01-01", DayKind.OFF, "元旦")], USUAL_HOURS) is calendar


def test_hours_replace_the_whole_week() -> None:
    shifts = [WorkingHours(6, 600, 720), WorkingHours(1, 780, 1020), WorkingHours(1, 480, 720)]

    assert usual().put([], shifts).hours == tuple(sorted(shifts))


def test_every_day_and_every_hour_that_cannot_be_is_named() -> None:
    found = faults(
        [off("2026-02-30"), off("2026-03-02"), off("2026-03-02")],
        [WorkingHours(1, 540, 700), WorkingHours(2, 600, 600), WorkingHours(1, 660, 900)],
    )

    assert found == {
        "days[0].date": "date.unknown",
        "days[2].date": "date.duplicate",
        "hours[1].end_minute": "hours.order",
        "hours[2].start_minute": "hours.overlap",
    }


def test_newly_published_holidays_come_in_beside_what_the_tenant_has_set() -> None:
    own = CalendarDay(date(2027, 1, 1), DayKind.WORKING, "值班")
    calendar = usual().put([DayAsked("2027-01-01", own.kind, own.name)], [])
    published = [CalendarDay(date(2027, 1, 1), DayKind.OFF, "元旦"), CalendarDay(date(2027, 2, 6), DayKind.OFF, "春节")]

    later = calendar.with_holidays({2026: [], 2027: published})

    assert later.days_of(2027) == [own, published[1]]
    assert later.days_of(2026) == [NEW_YEAR]
    assert later.knows_holidays_of(2027)
    assert later.with_holidays({2026: [], 2027: published}) is later
