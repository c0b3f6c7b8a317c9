"""See to it that each month is checked when it has ended."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from chassis import context
from chassis.errors import Unauthenticated
from scoring.application.check_water_lines import WaterLineWatch
from scoring.application.ports import TenantZones, UnitOfWork, Work
from scoring.domain.periods import Month

MONTH_CHECK_TIMER = "water_line.month_check"
_GRACE = timedelta(hours=2)
"""After the end of a month, for facts of its last minutes that are still on their way."""


@dataclass(frozen=True, slots=True)
class MonthCheckScheduler:
    """Each month has a deadline of its own, so setting one again neither moves nor loses that of another."""

    unit_of_work: UnitOfWork
    zones: TenantZones

    async def __call__(self) -> None:
        """Sets the deadline of the present month."""
        tenant_id = context.current().tenant_id
        if tenant_id is None:
            raise Unauthenticated("the work is for no tenant")
        await self.in_zone(await self.zones.zone(tenant_id))

    async def in_zone(self, zone: ZoneInfo) -> None:
        """Sets the deadline of the present month in this zone."""
        async with self.unit_of_work.begin() as work:
            await _set(work, Month.of(work.now, zone), zone)


@dataclass(frozen=True, slots=True)
class MonthCheckHandler:
    """What happens when the deadline comes."""

    unit_of_work: UnitOfWork
    zones: TenantZones
    watch: WaterLineWatch

    async def __call__(self, month: Month) -> None:
        """Checks the month, and sets the deadline of the next one."""
        tenant_id = context.current().tenant_id
        if tenant_id is None:
            raise Unauthenticated("the work is for no tenant")
        zone = await self.zones.zone(tenant_id)
        await self.watch.check(month)
        async with self.unit_of_work.begin() as work:
            await _set(work, month.next(), zone)


async def _set(work: Work, month: Month, zone: ZoneInfo) -> None:
    due_at = month.next().begins_at(zone) + _GRACE
    await work.timers.set(MONTH_CHECK_TIMER, str(month), due_at, {"month": str(month)})
