"""Read leads, receipts and counts, within what the caller may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.authorization import Authorizer, Resource
from chassis.errors import NotFound
from chassis.pages import Cursor
from lead_router.application.decision_record import DecisionRecord
from lead_router.application.ports import UnitOfWork, Work
from lead_router.application.stored_lead import LeadFilter, StoredLead
from lead_router.domain.conservation import Conservation, StateCounts
from lead_router.domain.ids import DecisionId, LeadId

_READ = "lead.read"


@dataclass(frozen=True, slots=True)
class FoundReceipt:
    """A receipt, and the ids of all decisions of the lead, oldest first."""

    decision: DecisionRecord
    decision_ids: Sequence[DecisionId]


@dataclass(frozen=True, slots=True)
class Balance:
    """The conservation law of leads, and how many owned ones are 待激活."""

    conservation: Conservation
    to_be_activated: int
    qualified: int
    """有效开拓量: leads with all qualifying documents."""


@dataclass(frozen=True, slots=True)
class LeadFinder:
    """Answers what callers ask about leads."""

    unit_of_work: UnitOfWork
    authorizer: Authorizer

    async def get(self, lead_id: LeadId) -> StoredLead:
        """One lead.

        Raises:
            NotFound: there is none for this caller.
        """
        async with self.unit_of_work.begin() as work:
            return await self._visible(work, lead_id)

    async def page(self, wanted: LeadFilter, after: Cursor | None, size: int) -> Sequence[StoredLead]:
        """Leads that the caller may see, newest first, at most `size`."""
        async with self.unit_of_work.begin() as work:
            return await work.leads.page(wanted, self.authorizer.scope(_READ), after, size)

    async def receipt(self, lead_id: LeadId, decision_id: DecisionId | None) -> FoundReceipt:
        """The receipt of one decision about the lead, or of the last.

        Raises:
            NotFound: there is no such lead or decision for this caller.
        """
        async with self.unit_of_work.begin() as work:
            await self._visible(work, lead_id)
            receipt = await work.decisions.get(lead_id, decision_id)
            if receipt is None:
                raise NotFound("receipt", decision_id or lead_id)
            return FoundReceipt(receipt, await work.decisions.decision_ids(lead_id))

    async def balance(self) -> Balance:
        """All leads of the tenant by state against all that was received (N-04)."""
        async with self.unit_of_work.begin() as work:
            counts = StateCounts.of(await work.leads.counts())
            conservation = Conservation(await work.leads.received(), counts)
            return Balance(conservation, await work.leads.to_be_activated(), await work.leads.qualified())

    async def _visible(self, work: Work, lead_id: LeadId) -> StoredLead:
        stored = await work.leads.get(lead_id)
        if stored is None:
            raise NotFound("lead", lead_id)
        owner = stored.lead.owner
        resource = Resource(owner.rep_id if owner else None, owner.team_id if owner else None)
        self.authorizer.require_visible(_READ, resource, kind="lead", id=lead_id)
        return stored
