"""Laws of working time on random calendars, and agreement with a count minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.shifts import DayKind, DayRule, Interval, Shift, Week
from chassis.working_time import WorkingCalendar

# Changes of the clock fall into the time under test in all zones but the first; Lord Howe's are half an hour.
ZONES = [
    "Asia/Shanghai",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Tehran",
]
ORIGIN = datetime(2021, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

shifts = st.builds(lambda start, length: Shift(start, start + length), st.integers(0, 1439), st.integers(1, 1440))
shift_lists = st.lists(shifts, max_size=3).map(tuple)
weeks = st.builds(
    lambda days, makeup: Week(tuple(days), makeup), st.lists(shift_lists, min_size=7, max_size=7), shift_lists
).filter(lambda week: any(week.days))
rules: st.SearchStrategy[DayRule] = st.one_of(st.sampled_from(DayKind), shift_lists)
dates = st.dates(date(2021, 2, 20), date(2021, 4, 20))
instants = st.integers(0, 50 * 24 * 60 * 60).map(lambda second: ORIGIN + timedelta(seconds=second))
spans = st.integers(-20 * 24 * 3600, 20 * 24 * 3600).map(lambda second: timedelta(seconds=second))


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    start = draw(instants)
    return Interval(start, start + timedelta(minutes=draw(st.integers(1, 5 * 24 * 60))))


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    tenant = WorkingCalendar.of(
        ZoneInfo(draw(st.sampled_from(ZONES))), draw(weeks), draw(st.dictionaries(dates, rules, max_size=8))
    )
    return tenant.for_person(leave=draw(st.lists(intervals(), max_size=3)))


@given(calendars(), instants, spans)
def test_the_working_time_up_to_a_deadline_is_the_span_it_was_made_from(
    calendar: WorkingCalendar, start: datetime, span: timedelta
) -> None:
    assert calendar.between(start, calendar.add(start, span)) == span


@given(calendars(), instants, instants)
def test_adding_what_lies_between_comes_back_or_stops_where_nothing_more_is_worked(
    calendar: WorkingCalendar, start: datetime, end: datetime
) -> None:
    start, end = min(start, end), max(start, end)

    back = calendar.add(start, calendar.between(start, end))

    assert start <= back <= end
    assert calendar.between(back, end) == timedelta(0)


@given(calendars(), instants, instants, instants)
def test_between_is_additive_whatever_the_order(
    calendar: WorkingCalendar, a: datetime, b: datetime, c: datetime
) -> None:
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)


@given(calendars(), instants, spans.map(abs), spans.map(abs))
def test_two_spans_in_a_row_are_their_sum(
    calendar: WorkingCalendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    assert calendar.add(calendar.add(start, first), second) == calendar.add(start, first + second)


@given(calendars(), instants, spans, spans)
def test_a_longer_span_never_ends_earlier(
    calendar: WorkingCalendar, start: datetime, one: timedelta, other: timedelta
) -> None:
    shorter, longer = min(one, other), max(one, other)

    assert calendar.add(start, shorter) <= calendar.add(start, longer)


@given(calendars(), instants, instants, spans)
def test_a_later_start_never_ends_earlier(
    calendar: WorkingCalendar, one: datetime, other: datetime, span: timedelta
) -> None:
    earlier, later = min(one, other), max(one, other)

    assert calendar.add(earlier, span) <= calendar.add(later, span)


@given(calendars(), instants)
def test_the_next_working_instant_works_and_nothing_before_it_does(calendar: WorkingCalendar, at: datetime) -> None:
    following = calendar.next_working(at)

    assert calendar.is_working(following)
    assert calendar.between(at, following) == timedelta(0)
    assert calendar.is_working(at) == (following == at)
    assert calendar.minutes_until_working(at) == -(-(following - at) // MINUTE)


@given(calendars(), instants, instants)
def test_windows_are_parted_in_order_and_sum_up_to_what_lies_between(
    calendar: WorkingCalendar, one: datetime, other: datetime
) -> None:
    start, end = min(one, other), max(one, other)

    found = list(calendar.windows(start, end))

    assert sum((window.end - window.start for window in found), timedelta(0)) == calendar.between(start, end)
    assert all(left.end < right.start for left, right in pairwise(found))
    assert all(start <= window.start and window.end <= end for window in found)


@given(calendars(), st.lists(intervals(), max_size=4), instants, instants)
def test_leave_takes_away_exactly_the_working_time_it_covers(
    calendar: WorkingCalendar, leave: list[Interval], one: datetime, other: datetime
) -> None:
    start, end = min(one, other), max(one, other)
    away = calendar.for_person(leave=leave)

    worked = sum(
        (
            calendar.between(window.start, window.end)
            for window in away.windows(start, end)
            if not any(gap.start < window.end and window.start < gap.end for gap in leave)
        ),
        timedelta(0),
    )

    assert away.between(start, end) == worked


@given(st.sampled_from(ZONES), weeks, st.dictionaries(dates, rules, max_size=8), st.integers(0, 45 * 24))
@settings(max_examples=60)
def test_working_time_agrees_with_asking_the_wall_clock_every_minute(
    zone_name: str, week: Week, days: dict[date, DayRule], hours: int
) -> None:
    zone = ZoneInfo(zone_name)
    calendar = WorkingCalendar.of(zone, week, days)
    start = ORIGIN + timedelta(hours=hours)

    counted = sum(_wall_clock_says_working(start + n * MINUTE, zone, week, days) for n in range(24 * 60))

    assert calendar.between(start, start + timedelta(days=1)) == counted * MINUTE


def _wall_clock_says_working(at: datetime, zone: ZoneInfo, week: Week, days: dict[date, DayRule]) -> bool:
    """The definition itself: has a shift of today or of the two days before opened, and not closed?"""
    wall = at.astimezone(zone)
    today = wall.date()
    for back in range(3):
        day = today - timedelta(days=back)
        for shift in week.shifts_on(day, days.get(day)):
            minute = back * 1440 + wall.hour * 60 + wall.minute
            if wall.fold:
                # The second showing: past every time that the first one has shown already.
                minute = back * 1440 + _last_minute_shown(at, zone, today)
            if shift.start_minute <= minute < shift.end_minute:
                return True
    return False


def _last_minute_shown(at: datetime, zone: ZoneInfo, today: date) -> int:
    """The latest minute of `today` that the clock had shown up to `at`."""
    walls = ((at - n * MINUTE).astimezone(zone) for n in range(121))
    return max(wall.hour * 60 + wall.minute for wall in walls if wall.date() == today)
