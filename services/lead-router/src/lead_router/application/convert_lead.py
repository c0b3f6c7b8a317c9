"""Mark a lead as converted and take that back: the router's part in the conversion that the pipeline carries out."""

from collections.abc import Callable
from dataclasses import dataclass

from chassis.errors import NotFound
from lead_router.application.ports import Company, UnitOfWork, Work
from lead_router.application.routing_board import RoutingBoards
from lead_router.application.stored_lead import StoredLead
from lead_router.application.timer_names import FOLLOW_UP_DEADLINE, LOOK_AGAIN, RESPONSE_WARNING
from lead_router.domain.ids import CustomerId, LeadId, OpportunityId
from lead_router.domain.rep import RepLoad


@dataclass(frozen=True, slots=True)
class MarkLeadConverted:
    """What the lead became."""

    lead_id: LeadId
    customer_id: CustomerId
    opportunity_id: OpportunityId


@dataclass(frozen=True, slots=True)
class UndoLeadConversion:
    """The conversion that is taken back, known by its opportunity."""

    lead_id: LeadId
    opportunity_id: OpportunityId


@dataclass(frozen=True, slots=True)
class LeadConverter:
    """Both moves may be repeated, however late: the lead itself knows what it became.

    The fairness ledger keeps the lead's credit: the rep was given the lead, whatever it became.
    """

    unit_of_work: UnitOfWork
    company: Company
    boards: RoutingBoards

    async def mark(self, command: MarkLeadConverted) -> StoredLead:
        """Ends the lead as converted; its clocks stop and the owner has room again.

        Raises:
            NotFound: there is no such lead.
            LeadStateForbids: nobody owns it, it has ended, or it became something else.
        """
        async with self.unit_of_work.begin() as work:
            stored = await _locked(work, command.lead_id)
            if not stored.lead.is_converted_into(command.opportunity_id):
                before = _audited(stored)
                stored.lead.convert(command.customer_id, command.opportunity_id, at=work.now)
                await _change_load(work, stored, RepLoad.released)
                await work.timers.set(LOOK_AGAIN, "freed", work.now, {})
                await self._save(work, stored, "lead.convert", before)
            return await work.answer(stored)

    async def undo(self, command: UndoLeadConversion) -> StoredLead:
        """Gives the lead back to its owner; nothing where it is not converted into that opportunity.

        The owner may carry one lead more than there is room for: it was the owner's before.

        Raises:
            NotFound: there is no such lead.
        """
        async with self.unit_of_work.begin() as work:
            stored = await _locked(work, command.lead_id)
            if stored.lead.is_converted_into(command.opportunity_id):
                before = _audited(stored)
                policy = await self.boards.policy(work)
                working = await self.company.working_time(work.tenant_id)
                stored.lead.undo_conversion(at=work.now, terms=policy.sla.terms(working))
                await _change_load(work, stored, RepLoad.regained)
                await self._save(work, stored, "lead.undo_conversion", before)
            return await work.answer(stored)

    async def _save(self, work: Work, stored: StoredLead, action: str, before: dict[str, object]) -> None:
        stored.reckon(await self.company.working_time(work.tenant_id))
        lead = stored.lead
        for kind, due_at in ((RESPONSE_WARNING, stored.response_due_at), (FOLLOW_UP_DEADLINE, stored.follow_up_due_at)):
            if due_at is None:
                await work.timers.cancel(kind, lead.id)
            else:
                payload = {"owner_id": lead.owner.rep_id} if lead.owner and kind == FOLLOW_UP_DEADLINE else {}
                await work.timers.set(kind, lead.id, due_at, payload)
        await work.leads.save(stored)
        for event in lead.pull_events():
            work.outbox.append(event)
        work.audit.record(action=action, resource=f"leads/{lead.id}", before=before, after=_audited(stored))


async def _locked(work: Work, lead_id: LeadId) -> StoredLead:
    stored = await work.leads.lock(lead_id)
    if stored is None:
        raise NotFound("lead", lead_id)
    return stored


async def _change_load(work: Work, stored: StoredLead, change: Callable[[RepLoad], RepLoad]) -> None:
    owner = stored.lead.owner
    rep = (await work.reps.lock([owner.rep_id])).get(owner.rep_id) if owner else None
    if rep is not None:
        rep.load = change(rep.load)
        await work.reps.save_loads([rep], [])


def _audited(stored: StoredLead) -> dict[str, object]:
    lead = stored.lead
    return {
        "state": lead.state.value,
        "customer_id": lead.customer_id,
        "opportunity_id": lead.standing.opportunity_id,
        "version": lead.version,
    }
