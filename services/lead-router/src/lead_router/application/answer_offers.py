"""Offers 派单接单: accepted, declined, timed out; then the next candidate, and the supervisors at the end."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis import context
from chassis.authorization import Authorizer
from chassis.errors import Forbidden
from chassis.pages import Cursor
from lead_router.application.lead_moves import audited, keep, locked, record
from lead_router.application.placing import Placing
from lead_router.application.ports import Company, UnitOfWork, Work
from lead_router.application.rep_accounts import RepAccounts
from lead_router.application.stored_lead import StoredLead
from lead_router.application.timer_names import NEXT_CANDIDATE, OFFER_EXPIRES
from lead_router.domain.errors import AlarmNotDue, LeadStateForbids
from lead_router.domain.ids import LeadId, RepId
from lead_router.domain.lead_state import LeadState

_ANSWER = "lead.answer_offer"


@dataclass(frozen=True, slots=True)
class DeclineOffer:
    """Says no to an offer, with a code that the policy may know."""

    lead_id: LeadId
    reason: str


@dataclass(frozen=True, slots=True)
class OfferDesk:
    """Answers offers in the name of the rep they were made to.

    An offer takes room and credit of the rep as soon as it is made: an accepted one never finds the rep full.
    """

    unit_of_work: UnitOfWork
    company: Company
    placing: Placing
    authorizer: Authorizer

    async def page(self, after: Cursor | None, size: int) -> Sequence[StoredLead]:
        """Open offers that the caller may see, those that expire first at the top, at most `size`."""
        async with self.unit_of_work.begin() as work:
            return await work.offers.page(self.authorizer.scope(_ANSWER), after, size)

    async def accept(self, lead_id: LeadId) -> StoredLead:
        """The caller takes the lead.

        Raises:
            NotFound: no such lead for this caller.
            OfferOfAnother, LeadStateForbids: it is offered to somebody else, or to nobody any more.
        """
        rep = _caller()
        async with self.unit_of_work.begin() as work:
            stored = await locked(work, self.authorizer, lead_id, _ANSWER)
            before = audited(stored)
            working = await self.company.working_time(work.tenant_id)
            policy = await self.placing.boards.policy(work)
            stored.lead.accept_offer(rep, at=work.now, terms=policy.sla.terms(working))
            await keep(work, stored, working)
            record(work, stored, "lead.accept_offer", before)
            return await work.answer(stored)

    async def decline(self, command: DeclineOffer) -> StoredLead:
        """The caller says no; the lead is decided again without the caller.

        Raises:
            NotFound, OfferOfAnother, LeadStateForbids: as `accept`.
        """
        rep = _caller()
        async with self.unit_of_work.begin() as work:
            stored = await locked(work, self.authorizer, command.lead_id, _ANSWER)
            before = audited(stored)
            rules = (await self.placing.boards.policy(work)).offers
            keeps_credit = rules.keeps_credit(command.reason)
            stored.lead.decline_offer(rep, reason=command.reason, keeps_credit=keeps_credit, at=work.now)
            await self._pass_on(work, stored, rep, keeps_credit=keeps_credit)
            record(work, stored, "lead.decline_offer", before, {"reason": command.reason})
            return await work.answer(stored)

    async def expire(self, lead_id: LeadId) -> None:
        """Nobody answered in time, for the timer: as declined for a reason that costs the credit."""
        async with self.unit_of_work.begin() as work:
            stored = await work.leads.lock(lead_id)
            offered = stored.lead.standing.offered_to if stored else None
            if stored is None or offered is None:
                return
            try:
                stored.lead.expire_offer(at=work.now)
            except (AlarmNotDue, LeadStateForbids):
                expires_at = stored.lead.standing.offer_expires_at
                if expires_at is not None:
                    await work.timers.set(OFFER_EXPIRES, lead_id, expires_at, {})
                return
            await self._pass_on(work, stored, offered.rep_id, keeps_credit=True)

    async def next_candidate(self, lead_id: LeadId) -> None:
        """Decides again on a waiting lead, for the timer."""
        async with self.unit_of_work.begin() as work:
            stored = await work.leads.lock(lead_id)
            if stored is None or stored.lead.state is not LeadState.WAITING:
                return
            await self.placing.place(work, [stored])
            await work.leads.save(stored)
            for event in stored.lead.pull_events():
                work.outbox.append(event)

    async def _pass_on(self, work: Work, stored: StoredLead, rep_id: RepId, *, keeps_credit: bool) -> None:
        accounts = await RepAccounts.hold(work, [rep_id])
        await accounts.take_off(rep_id, stored, keeps_credit=keeps_credit)
        await accounts.save()
        await keep(work, stored, await self.company.working_time(work.tenant_id))
        await work.timers.set(NEXT_CANDIDATE, stored.lead.id, work.now, {})


def _caller() -> RepId:
    person = context.current().principal.person_id
    if person is None:
        raise Forbidden(_ANSWER)
    return RepId(person)
