"""Keep what services tell, by customer."""

from dataclasses import dataclass, replace
from datetime import datetime

from collab.application.timeline_ports import Places, TimelineUnitOfWork
from collab.domain.ids import CustomerId, LeadId
from collab.domain.timeline import TimelineEntry


@dataclass(frozen=True, slots=True)
class TimelineKeeper:
    """The same fact a second time changes nothing. A lead's facts and its customer may come in any order."""

    unit_of_work: TimelineUnitOfWork
    places: Places

    async def note(self, entry: TimelineEntry) -> None:
        """Keeps an entry with the department and roles that its person has now."""
        async with self.unit_of_work.begin() as work:
            if entry.person_id is not None:
                entry = replace(entry, place=await self.places.of(work.tenant_id, entry.person_id))
            await work.timeline.add(entry)

    async def link(self, lead_id: LeadId, customer_id: CustomerId, at: datetime) -> None:
        """The lead has become this customer's: all that is told of it belongs to the customer."""
        async with self.unit_of_work.begin() as work:
            await work.timeline.link(lead_id, customer_id, at)

    async def unlink(self, lead_id: LeadId, at: datetime) -> None:
        """The lead is nobody's again: what was told of it as a lead leaves the customer's timeline."""
        async with self.unit_of_work.begin() as work:
            await work.timeline.link(lead_id, None, at)
