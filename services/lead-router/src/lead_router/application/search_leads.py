"""Find leads by a few characters, and keep what they are found by.

Keys are written after a lead has its owner, by a consumer of our own events: a lead must not wait for them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.authorization import CONTACT_DATA, Authorizer
from lead_router.application.ports import UnitOfWork
from lead_router.application.stored_lead import StoredLead
from lead_router.domain.ids import LeadId
from lead_router.domain.lead_search import lead_search_keys

_READ = "lead.read"


@dataclass(frozen=True, slots=True)
class LeadSearch:
    """Answers what callers look for."""

    unit_of_work: UnitOfWork
    authorizer: Authorizer

    async def __call__(self, beginning: str, size: int) -> Sequence[StoredLead]:
        """Leads that the caller may see with a key that begins so, nearest first, at most `size`.

        By personal data only those are found whose personal data the caller sees in clear.
        """
        seen, seen_in_clear = self.authorizer.scope(_READ), self.authorizer.scope(CONTACT_DATA)
        async with self.unit_of_work.begin() as work:
            ids = await work.lead_search.nearest(beginning, seen, seen_in_clear, size)
            found = await work.leads.get_many(ids)
        return [found[lead_id] for lead_id in ids if lead_id in found]


@dataclass(frozen=True, slots=True)
class IndexLeadHandler:
    """Keeps the keys of a lead as the lead is now, whatever happened to it."""

    unit_of_work: UnitOfWork

    async def __call__(self, lead_id: LeadId) -> None:
        """Sets the keys; a lead that is not there has none."""
        async with self.unit_of_work.begin() as work:
            stored = await work.leads.get(lead_id)
            if stored is not None:
                await work.lead_search.replace(lead_id, lead_search_keys(stored.lead.details.identity))
