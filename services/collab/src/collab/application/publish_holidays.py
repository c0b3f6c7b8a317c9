"""Put public holidays that were published after a tenant was made into its calendar."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chassis.chinese_holidays import CalendarDay
from collab.application.ports import UnitOfWork
from collab.domain.events import CalendarChanged


@dataclass(frozen=True, slots=True)
class PublishHolidaysHandler:
    """A release brings the days of a new year; every tenant has them after its next run. Own days of tenants stay."""

    unit_of_work: UnitOfWork
    holidays: Callable[[], Mapping[int, Sequence[CalendarDay]]]
    """Published public holidays by year."""

    async def __call__(self) -> bool:
        """Puts in the years that the calendar lacks; False where it lacks none."""
        published = self.holidays()
        async with self.unit_of_work.begin() as work:
            known = await work.calendars.get()
            if known is None or published.keys() <= known.holiday_years:
                return False
            before = await work.calendars.lock()
            after = before.with_holidays(published)
            if after is before:
                return False
            await work.calendars.save(after)
            work.outbox.append(CalendarChanged(work.tenant_id, after))
            work.audit.record(
                action="calendar.publish_holidays",
                resource="calendar",
                before={"version": before.version, "holiday_years": sorted(before.holiday_years)},
                after={"version": after.version, "holiday_years": sorted(after.holiday_years)},
            )
            return True
