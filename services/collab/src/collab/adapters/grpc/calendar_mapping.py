"""The calendar: requests to commands, results to messages."""

from chassis.proto_values import number_of, word_of
from chassis.shifts import DayKind
from collab.application.edit_calendar import PutCalendarDays
from collab.domain.work_calendar import DayAsked, WorkCalendar, WorkingHours
from throughline.collab.v1 import calendar_service_pb2 as pb


def put_calendar_days(request: pb.PutCalendarDaysRequest) -> PutCalendarDays:
    """The command that a request asks for."""
    days = tuple(DayAsked(day.date, DayKind(word_of(pb.DayKind, day.kind)), day.name) for day in request.days)
    hours = tuple(WorkingHours(each.weekday, each.start_minute, each.end_minute) for each in request.hours)
    return PutCalendarDays(days, hours)


def put(calendar: WorkCalendar) -> pb.PutCalendarDaysResponse:
    """The answer to a change."""
    return pb.PutCalendarDaysResponse(version=calendar.version)


def calendar_of_year(calendar: WorkCalendar, year: int) -> pb.GetCalendarResponse:
    """The calendar of a year as callers see it."""
    return pb.GetCalendarResponse(
        hours=[
            pb.WeeklyHours(weekday=each.weekday, start_minute=each.start_minute, end_minute=each.end_minute)
            for each in calendar.hours
        ],
        days=[
            pb.CalendarDay(date=day.date.isoformat(), kind=number_of(pb.DayKind, day.kind.value), name=day.name)
            for day in calendar.days_of(year)
        ],
        version=calendar.version,
        holidays_known=calendar.knows_holidays_of(year),
    )
