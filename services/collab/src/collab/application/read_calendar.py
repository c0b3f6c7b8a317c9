"""Read the working calendar of a year."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from chassis.errors import NotFound
from collab.application.ports import UnitOfWork
from collab.domain.work_calendar import WorkCalendar


@dataclass(frozen=True, slots=True)
class CalendarReader:
    """Answers how the tenant works."""

    unit_of_work: UnitOfWork

    async def __call__(self, year: int | None) -> tuple[WorkCalendar, int]:
        """The calendar, and the year asked for: the present one in the tenant's zone for None.

        Raises:
            NotFound: a service names a tenant that was never made.
        """
        async with self.unit_of_work.begin() as work:
            tenant, calendar = await work.tenants.get(), await work.calendars.get()
            if tenant is None or calendar is None:
                raise NotFound("tenant", work.tenant_id)
            return calendar, year or work.now.astimezone(ZoneInfo(tenant.zone)).year
