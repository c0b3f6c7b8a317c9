"""Working time by example: hours a person would count on the fingers."""

from __future__ import annotations

import time as clock
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from chassis.chinese_holidays import chinese_holidays
from chassis.shifts import ALL_DAY, DayKind, Interval, NaiveTime, Shift, Week
from chassis.working_time import CalendarTime, NoWorkingTime, WorkingCalendar, WorkingTime

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
MORNING = Shift.between(time(9), time(12))
AFTERNOON = Shift.between(time(13), time(18))
OFFICE = Week.on(range(5), MORNING, AFTERNOON)
HOUR = timedelta(hours=1)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def new_york(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def an_office() -> WorkingCalendar:
    return WorkingCalendar.of(SHANGHAI, OFFICE, {day.date: day.kind for day in chinese_holidays([2026])})


def test_a_deadline_skips_the_lunch_break() -> None:
    due = an_office().add(shanghai("2026-03-02T11:00"), 2 * HOUR)

    assert due == shanghai("2026-03-02T14:00")
    assert due.tzinfo is UTC


def test_a_deadline_that_fits_to_the_minute_falls_on_closing_time_not_on_the_next_morning() -> None:
    due = an_office().add(shanghai("2026-03-02T17:00"), HOUR)

    assert due == shanghai("2026-03-02T18:00")


def test_a_clock_started_at_night_counts_from_the_next_morning() -> None:
    due = an_office().add(shanghai("2026-03-02T22:30"), 2 * HOUR)

    assert due == shanghai("2026-03-03T11:00")


def test_a_deadline_passes_over_the_spring_festival_and_lands_after_it() -> None:
    # 14 February is a make-up Saturday; the festival lasts from the 15th to the 23rd.
    due = an_office().add(shanghai("2026-02-14T17:00"), 2 * HOUR)

    assert due == shanghai("2026-02-24T10:00")


def test_a_makeup_workday_counts_by_the_weekday_shifts() -> None:
    calendar = an_office()

    worked = calendar.between(shanghai("2026-02-14T00:00"), shanghai("2026-02-15T00:00"))

    assert worked == 8 * HOUR
    assert calendar.is_working(shanghai("2026-02-14T09:00"))


def test_a_makeup_workday_may_have_shifts_of_its_own() -> None:
    week = Week(OFFICE.days, makeup=(MORNING,))
    calendar = WorkingCalendar.of(SHANGHAI, week, {date(2026, 2, 14): DayKind.WORKING})

    worked = calendar.between(shanghai("2026-02-14T00:00"), shanghai("2026-02-15T00:00"))

    assert worked == 3 * HOUR


def test_a_date_may_have_shifts_that_are_neither_off_nor_usual() -> None:
    calendar = WorkingCalendar.of(SHANGHAI, OFFICE, {date(2026, 3, 4): (MORNING,)})

    assert calendar.next_working(shanghai("2026-03-04T12:30")) == shanghai("2026-03-05T09:00")


def test_a_shift_includes_its_first_instant_and_not_its_end() -> None:
    calendar = an_office()

    assert calendar.is_working(shanghai("2026-03-02T09:00"))
    assert not calendar.is_working(shanghai("2026-03-02T12:00"))
    assert not calendar.is_working(shanghai("2026-03-02T08:59:59.999999"))


def test_shifts_that_touch_or_overlap_count_once() -> None:
    week = Week.on([0], Shift.between(time(9), time(12)), Shift.between(time(11), time(14)), Shift(14 * 60, 15 * 60))
    calendar = WorkingCalendar.of(SHANGHAI, week)

    worked = calendar.between(shanghai("2026-03-02T00:00"), shanghai("2026-03-03T00:00"))

    assert worked == 6 * HOUR


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    night = Shift.between(time(20), time(4))
    calendar = WorkingCalendar.of(SHANGHAI, Week.on([4], night))

    worked = calendar.between(shanghai("2026-03-06T00:00"), shanghai("2026-03-08T00:00"))

    assert worked == 8 * HOUR
    assert calendar.is_working(shanghai("2026-03-07T03:59"))
    assert not calendar.is_working(shanghai("2026-03-06T03:59"))


def test_a_holiday_cancels_the_night_shift_that_begins_on_it_but_not_the_one_that_reaches_into_it() -> None:
    calendar = WorkingCalendar.of(
        SHANGHAI, Week.on(range(7), Shift.between(time(20), time(4))), {date(2026, 3, 6): DayKind.OFF}
    )

    assert calendar.is_working(shanghai("2026-03-06T02:00"))
    assert not calendar.is_working(shanghai("2026-03-06T21:00"))
    assert not calendar.is_working(shanghai("2026-03-07T02:00"))


def test_a_shift_may_last_two_days() -> None:
    calendar = WorkingCalendar.of(SHANGHAI, Week.on([0], Shift(0, 2880)))

    assert calendar.is_working(shanghai("2026-03-03T23:59"))
    assert not calendar.is_working(shanghai("2026-03-04T00:00"))


def test_a_night_shift_is_an_hour_shorter_when_summer_time_begins_and_longer_when_it_ends() -> None:
    calendar = WorkingCalendar.of(NEW_YORK, Week.on(range(7), Shift.between(time(22), time(6))))

    spring = calendar.between(new_york("2026-03-07T12:00"), new_york("2026-03-08T12:00"))
    autumn = calendar.between(new_york("2026-10-31T12:00"), new_york("2026-11-01T12:00"))

    assert (spring, autumn) == (7 * HOUR, 9 * HOUR)


def test_a_shift_that_opens_at_a_skipped_time_opens_when_the_clock_jumps() -> None:
    calendar = WorkingCalendar.of(NEW_YORK, Week.on([6], Shift.between(time(2, 30), time(5))))

    opens = calendar.next_working(new_york("2026-03-08T00:00"))

    assert opens == datetime(2026, 3, 8, 7, tzinfo=UTC)


def test_a_time_that_comes_twice_means_the_first() -> None:
    calendar = WorkingCalendar.of(NEW_YORK, Week.on([6], Shift.between(time(1, 30), time(5))))

    opens = calendar.next_working(new_york("2026-11-01T00:00"))

    assert opens == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_date_that_a_country_left_out_has_no_working_time() -> None:
    # Samoa went from 29 to 31 December 2011 when it moved across the date line.
    apia = ZoneInfo("Pacific/Apia")
    calendar = WorkingCalendar.of(apia, Week.on(range(7), MORNING))

    worked = calendar.between(datetime(2011, 12, 29, tzinfo=apia), datetime(2012, 1, 1, tzinfo=apia))

    assert worked == 6 * HOUR


def test_a_persons_own_week_and_dates_go_before_the_tenants() -> None:
    late = Week.on([2, 3, 4, 5, 6], Shift.between(time(12), time(21)))
    calendar = an_office().for_person(week=late, days={date(2026, 5, 2): (MORNING,)})

    assert calendar.is_working(shanghai("2026-03-07T20:00"))
    assert not calendar.is_working(shanghai("2026-03-02T10:00"))
    assert calendar.is_working(shanghai("2026-05-02T10:00"))
    assert not calendar.is_working(shanghai("2026-05-03T13:00"))


def test_leave_is_cut_out_of_the_shifts() -> None:
    leave = Interval(shanghai("2026-03-02T10:00"), shanghai("2026-03-03T14:00"))
    calendar = an_office().for_person(leave=[leave])

    assert calendar.between(shanghai("2026-03-02T00:00"), shanghai("2026-03-04T00:00")) == 5 * HOUR
    assert calendar.add(shanghai("2026-03-02T09:30"), HOUR) == shanghai("2026-03-03T14:30")


def test_leaves_that_overlap_are_cut_out_once() -> None:
    first = Interval(shanghai("2026-03-02T10:00"), shanghai("2026-03-02T15:00"))
    second = Interval(shanghai("2026-03-02T14:00"), shanghai("2026-03-02T16:00"))

    calendar = an_office().for_person(leave=[second, first])

    assert calendar.between(shanghai("2026-03-02T00:00"), shanghai("2026-03-03T00:00")) == 3 * HOUR


@pytest.mark.parametrize("time_counted", [an_office(), CalendarTime()])
def test_a_clock_that_was_paused_ends_later_by_the_working_time_of_the_pause(time_counted: WorkingTime) -> None:
    start = shanghai("2026-03-02T09:00")
    pause = Interval(shanghai("2026-03-02T10:00"), shanghai("2026-03-02T11:00"))

    due = time_counted.without([pause]).add(start, 2 * HOUR)

    assert due == time_counted.add(start, 3 * HOUR) == shanghai("2026-03-02T12:00")


def test_a_negative_span_goes_back_in_working_time() -> None:
    warn_at = an_office().add(shanghai("2026-03-03T10:00"), -2 * HOUR)

    assert warn_at == shanghai("2026-03-02T17:00")


def test_going_back_ends_on_the_last_instant_from_which_the_span_is_worked() -> None:
    warn_at = an_office().add(shanghai("2026-03-03T10:00"), -HOUR)

    assert warn_at == shanghai("2026-03-03T09:00")


def test_minutes_until_working_are_whole_and_rounded_up() -> None:
    calendar = an_office()

    assert calendar.minutes_until_working(shanghai("2026-03-02T08:58:30")) == 2
    assert calendar.minutes_until_working(shanghai("2026-03-02T08:58:00")) == 2
    assert calendar.minutes_until_working(shanghai("2026-03-02T10:00:00")) == 0
    assert calendar.minutes_until_working(shanghai("2026-03-06T18:00:00")) == 63 * 60


def test_windows_are_the_working_time_cut_to_what_was_asked() -> None:
    found = list(an_office().windows(shanghai("2026-03-02T11:00"), shanghai("2026-03-03T09:30")))

    assert found == [
        Interval(shanghai("2026-03-02T11:00"), shanghai("2026-03-02T12:00")),
        Interval(shanghai("2026-03-02T13:00"), shanghai("2026-03-02T18:00")),
        Interval(shanghai("2026-03-03T09:00"), shanghai("2026-03-03T09:30")),
    ]


def test_a_calendar_that_always_works_is_one_window() -> None:
    calendar = WorkingCalendar.of(SHANGHAI, Week.on(range(7), ALL_DAY))
    year = Interval(shanghai("2026-01-01T00:00"), shanghai("2027-01-01T00:00"))

    found = list(calendar.windows(year.start, year.end))

    assert found == [year]


@pytest.mark.parametrize("span", [HOUR, -HOUR])
def test_a_calendar_without_working_time_says_so_instead_of_searching_for_ever(span: timedelta) -> None:
    calendar = WorkingCalendar.of(SHANGHAI, Week.on([]))

    with pytest.raises(NoWorkingTime, match="No working time within 1098 days"):
        calendar.add(shanghai("2026-03-02T09:00"), span)


def test_leave_without_end_leaves_no_working_time() -> None:
    away = Interval(shanghai("2026-03-02T00:00"), shanghai("2036-03-02T00:00"))

    with pytest.raises(NoWorkingTime):
        an_office().for_person(leave=[away]).minutes_until_working(shanghai("2026-03-02T09:00"))


def test_an_instant_without_zone_is_refused() -> None:
    naive = datetime(2026, 3, 2, 9)  # noqa: DTZ001

    with pytest.raises(NaiveTime):
        an_office().add(naive, HOUR)
    with pytest.raises(NaiveTime):
        CalendarTime().is_working(naive)
    with pytest.raises(NaiveTime):
        CalendarTime().minutes_until_working(naive)


@pytest.mark.parametrize(("start", "end"), [(-1, 60), (1440, 1500), (60, 60), (60, 30), (0, 2881)])
def test_an_impossible_shift_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="A shift cannot run"):
        Shift(start, end)


def test_an_interval_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="must end after it starts"):
        Interval(shanghai("2026-03-02T09:00"), shanghai("2026-03-02T09:00"))


def test_a_week_of_six_days_is_refused() -> None:
    with pytest.raises(ValueError, match="seven days"):
        Week(((),) * 6)


def test_calendar_time_always_runs() -> None:
    start, end = shanghai("2026-02-15T00:00"), shanghai("2026-02-17T00:00")

    assert CalendarTime().add(start, 48 * HOUR) == end
    assert CalendarTime().between(end, start) == -48 * HOUR
    assert CalendarTime().next_working(start) == start
    assert CalendarTime().is_working(start)
    assert CalendarTime().minutes_until_working(start) == 0
    assert list(CalendarTime().windows(start, end)) == [Interval(start, end)]


def test_two_thousand_look_ups_over_a_warm_calendar_take_a_fraction_of_a_second() -> None:
    calendar = an_office()
    start = shanghai("2026-03-02T22:30")
    calendar.add(start, 48 * HOUR)

    began = clock.perf_counter()
    for minute in range(2000):
        calendar.minutes_until_working(start + timedelta(minutes=minute))
    took_s = clock.perf_counter() - began

    assert took_s < 0.5
