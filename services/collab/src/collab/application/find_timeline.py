"""Read a customer's timeline."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.pages import Cursor
from collab.application.customer_access import CustomerAccess
from collab.application.timeline_ports import TimelineUnitOfWork
from collab.domain.ids import CustomerId
from collab.domain.timeline import TimelineEntry, TimelineFilter


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Entries, and the customer under which all of them go on."""

    entries: Sequence[TimelineEntry]
    survivor_id: CustomerId


@dataclass(frozen=True, slots=True)
class TimelineFinder:
    """Who sees a customer sees its timeline, and that of all that were merged into it."""

    unit_of_work: TimelineUnitOfWork
    access: CustomerAccess

    async def page(
        self, customer_id: CustomerId, wanted: TimelineFilter, before: Cursor | None, size: int
    ) -> TimelinePage:
        """Entries newest first, at most `size`.

        Raises:
            NotFound: there is no such customer for this caller.
        """
        async with self.unit_of_work.begin() as work:
            survivor = await self.access.survivor(work, customer_id)
            family = await work.customers.family(survivor.id)
            return TimelinePage(await work.timeline.page(family, wanted, before, size), survivor.id)
