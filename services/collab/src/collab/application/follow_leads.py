"""Keep what the router tells of leads, as far as it decides how people are notified."""

from dataclasses import dataclass

from collab.application.announce import stop_watching
from collab.application.ports import UnitOfWork
from collab.domain.ids import LeadId


@dataclass(frozen=True, slots=True)
class LeadFollower:
    """Remembers urgent leads until they end, and lets unread notifications rest once somebody has acted."""

    unit_of_work: UnitOfWork

    async def note_urgent(self, lead_id: LeadId) -> None:
        """The lead is urgent."""
        async with self.unit_of_work.begin() as work:
            await work.urgent_leads.add(lead_id)

    async def note_acted_on(self, lead_id: LeadId) -> None:
        """Somebody has followed it up: that its notification was never opened matters no more."""
        async with self.unit_of_work.begin() as work:
            await stop_watching(work, f"leads/{lead_id}")

    async def note_ended(self, lead_id: LeadId) -> None:
        """It was closed or refused."""
        async with self.unit_of_work.begin() as work:
            await stop_watching(work, f"leads/{lead_id}")
            await work.urgent_leads.remove(lead_id)
