"""Set days and hours of the working calendar."""

from dataclasses import dataclass

from collab.application.ports import UnitOfWork
from collab.domain.events import CalendarChanged
from collab.domain.work_calendar import DayAsked, WorkCalendar, WorkingHours


@dataclass(frozen=True, slots=True)
class PutCalendarDays:
    """Days to set and, where any are given, the weekly hours."""

    days: tuple[DayAsked, ...]
    hours: tuple[WorkingHours, ...] = ()


@dataclass(frozen=True, slots=True)
class PutCalendarDaysHandler:
    """Other days stay as they are."""

    unit_of_work: UnitOfWork

    async def __call__(self, command: PutCalendarDays) -> WorkCalendar:
        """Keeps the calendar and returns it.

        Raises:
            Invalid: names every day and every hour that cannot be.
        """
        async with self.unit_of_work.begin() as work:
            before = await work.calendars.lock()
            after = before.put(command.days, command.hours)
            if after is not before:
                await work.calendars.save(after)
                work.outbox.append(CalendarChanged(work.tenant_id, after))
                work.audit.record(
                    action="calendar.put_days",
                    resource="calendar",
                    before={"version": before.version},
                    after={
                        "version": after.version,
                        "days": {day.date: day.kind.value for day in command.days},
                        "hours": [[each.weekday, each.start_minute, each.end_minute] for each in command.hours],
                    },
                )
            return await work.answer(after)
