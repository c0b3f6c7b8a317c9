from __future__ import annotations

from sqlalchemy import text

from chassis.chinese_holidays import published_years
from chassis.errors import Forbidden, Invalid
from chassis.ids import TenantId
from throughline.collab.v1 import calendar_service_pb2 as pb
from throughline.collab.v1 import directory_service_pb2 as directory_pb
from throughline.collab.v1 import events_pb2

from ..running import Running, refusal

OFF, WORKING = pb.DAY_KIND_OFF, pb.DAY_KIND_WORKING


async def test_an_unpublished_year_is_marked_as_such(running: Running) -> None:
    site = await running.a_tenant()
    year = published_years()[-1]

    known = await running.calendar.GetCalendar(pb.GetCalendarRequest(year=year), metadata=site.by_admin)
    unknown = await running.calendar.GetCalendar(pb.GetCalendarRequest(year=year + 1), metadata=site.by_admin)

    assert (known.holidays_known, unknown.holidays_known) == (True, False)
    assert list(unknown.days) == []


async def test_without_a_year_it_is_the_present_one_of_the_tenants_zone(running: Running) -> None:
    site = await running.a_tenant(zone="Pacific/Kiritimati")
    year = (await running.now()).year

    present = await running.calendar.GetCalendar(pb.GetCalendarRequest(), metadata=site.by_admin)

    assert {int(day.date[:4]) for day in present.days} <= {year, year + 1}


async def test_days_and_hours_that_are_set_are_read_told_and_kept_once(running: Running) -> None:
    site = await running.a_tenant()
    request = pb.PutCalendarDaysRequest(
        days=[
            pb.CalendarDay(date="2031-05-04", kind=OFF, name="司庆"),
            pb.CalendarDay(date="2031-05-10", kind=WORKING),
        ],
        hours=[pb.WeeklyHours(weekday=6, start_minute=600, end_minute=900)],
        request_id="put-1",
    )

    first = await running.calendar.PutCalendarDays(request, metadata=site.by_admin)
    again = await running.calendar.PutCalendarDays(request, metadata=site.by_admin)

    assert first == again == pb.PutCalendarDaysResponse(version=2)
    read = await running.calendar.GetCalendar(pb.GetCalendarRequest(year=2031), metadata=site.by_service)
    assert [(day.date, day.kind, day.name) for day in read.days] == [
        ("2031-05-04", OFF, "司庆"),
        ("2031-05-10", WORKING, ""),
    ]
    assert list(read.hours) == list(request.hours)
    (told,) = await running.settle()
    assert told.headers["aggregate_version"] == "2"
    assert "2031-05-04" in {day.date for day in events_pb2.CalendarChanged.FromString(told.payload).days}


async def test_days_and_hours_that_cannot_be_are_all_named(running: Running) -> None:
    site = await running.a_tenant()
    request = pb.PutCalendarDaysRequest(
        days=[pb.CalendarDay(date="2031-02-30", kind=OFF)],
        hours=[
            pb.WeeklyHours(weekday=1, start_minute=540, end_minute=720),
            pb.WeeklyHours(weekday=1, start_minute=700, end_minute=800),
        ],
    )

    error = await refusal(running.calendar.PutCalendarDays(request, metadata=site.by_admin))

    assert isinstance(error, Invalid)
    assert {fault.field for fault in error.violations} == {"days[0].date", "hours[1].start_minute"}


async def test_only_administrators_change_it(running: Running) -> None:
    site = await running.a_tenant()
    rep = directory_pb.PersonRow(employee_no="1", name="李娜", subject="li.na", team="管理", roles=["rep"])
    await running.directory.ImportDirectory(directory_pb.ImportDirectoryRequest(people=[rep]), metadata=site.by_admin)
    await running.settle()

    error = await refusal(running.calendar.PutCalendarDays(pb.PutCalendarDaysRequest(), metadata=site.by("li.na")))

    assert isinstance(error, Forbidden)


async def test_holidays_published_later_come_in_by_themselves(running: Running) -> None:
    site = await running.a_tenant()
    (job,) = running.service.jobs
    year = published_years()[-1]
    await _forget_holidays(running, site.tenant_id, year)

    await job.run()
    await job.run()

    read = await running.calendar.GetCalendar(pb.GetCalendarRequest(year=year), metadata=site.by_admin)
    assert read.holidays_known
    assert len(read.days) > 20
    assert read.version == 2
    assert len(await running.settle()) == 1


async def _forget_holidays(running: Running, tenant_id: str, year: int) -> None:
    """As the calendar was before the year's holidays were known."""
    forget = text(
        "UPDATE work_calendar SET holiday_years = array_remove(holiday_years, :year),"
        " days = (SELECT jsonb_agg(day) FROM jsonb_array_elements(days) AS day WHERE day->>0 NOT LIKE :days)"
    )
    async with running.database.transaction(TenantId(tenant_id)) as transaction:
        await transaction.connection.execute(forget, {"year": year, "days": f"{year}-%"})
