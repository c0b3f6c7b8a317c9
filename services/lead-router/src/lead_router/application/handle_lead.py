"""What people do with a lead by hand: give it to another rep, close it."""

from dataclasses import dataclass

from chassis import context
from chassis.authorization import Authorizer
from chassis.errors import Forbidden, NotFound
from chassis.ids import new_id
from lead_router.application import decision_record as outcomes
from lead_router.application.decision_record import DecisionRecord
from lead_router.application.lead_moves import audited, keep, locked, record
from lead_router.application.ports import Company, UnitOfWork, Work
from lead_router.application.rep_accounts import RepAccounts
from lead_router.application.routing_board import RoutingBoards
from lead_router.application.stored_lead import StoredLead
from lead_router.application.timer_names import LOOK_AGAIN
from lead_router.domain.events import MovedBecause
from lead_router.domain.ids import DecisionId, LeadId, PersonId, RepId
from lead_router.domain.lead_ending import DeathReason, LeadQuality
from lead_router.domain.rep import Rep
from lead_router.domain.routing.fixed_point import share_of


@dataclass(frozen=True, slots=True)
class OverrideAssignment:
    """Gives a lead to a rep by hand, with a reason."""

    lead_id: LeadId
    version: int
    rep_id: RepId
    reason: str


@dataclass(frozen=True, slots=True)
class CloseLead:
    """Ends a lead without a sale: why it died, what it was worth to sales, and why in words for the audit trail."""

    lead_id: LeadId
    version: int
    death: DeathReason
    quality: LeadQuality
    reason: str


@dataclass(frozen=True, slots=True)
class Overridden:
    """A lead with its new owner, and the decision that says so."""

    stored: StoredLead
    decision: DecisionRecord


@dataclass(frozen=True, slots=True)
class LeadDesk:
    """Moves leads by hand. Locks the lead, then groups, then reps."""

    unit_of_work: UnitOfWork
    company: Company
    boards: RoutingBoards
    authorizer: Authorizer

    async def override(self, command: OverrideAssignment) -> Overridden:
        """Gives the lead to the rep; the former owner's credit is taken back, the new one's is marked.

        Raises:
            NotFound: no such lead or rep for this caller.
            Stale: the caller saw another version.
            LeadStateForbids, RepFull, RepUnavailable: the move is refused.
        """
        caller = context.current().principal.person_id
        if caller is None:
            raise Forbidden("lead.override")
        async with self.unit_of_work.begin() as work:
            stored = await locked(work, self.authorizer, command.lead_id, "lead.override", version=command.version)
            lead, left = stored.lead, stored.lead.holder
            accounts = await RepAccounts.hold(work, [command.rep_id, *([left.rep_id] if left else [])])
            rep = accounts.reps.get(command.rep_id)
            if rep is None:
                raise NotFound("rep", command.rep_id)
            rep.require_free()
            before = audited(stored)
            policy = await self.boards.policy(work)
            working = await self.company.working_time(work.tenant_id)
            decision_id = DecisionId(new_id())
            if left is not None:
                await accounts.take_off(left.rep_id, stored)
            lead.override_owner(
                rep.owner,
                reason=command.reason,
                moved_by=PersonId(caller),
                decision_id=decision_id,
                at=work.now,
                terms=policy.sla.terms(working),
            )
            today = work.now.astimezone(await self.company.zone(work.tenant_id)).date()
            credited = share_of(stored.worth, policy.fairness.sticky_credit)
            await accounts.give(rep, stored, credited=credited, today=today)
            decision = await self._decision(work, stored, rep, decision_id, command.reason)
            await accounts.save()
            await keep(work, stored, working)
            record(work, stored, "lead.override", before, {"reason": command.reason})
            return await work.answer(Overridden(stored, decision))

    async def close(self, command: CloseLead) -> StoredLead:
        """Ends the lead; its clocks stop and whoever held it has room again.

        Raises:
            NotFound, Stale, LeadStateForbids: as `override`.
        """
        async with self.unit_of_work.begin() as work:
            stored = await locked(work, self.authorizer, command.lead_id, "lead.close", version=command.version)
            before, held_by = audited(stored), stored.lead.holder
            stored.lead.close(command.death, command.quality, at=work.now)
            accounts = await RepAccounts.hold(work, [held_by.rep_id] if held_by else [])
            if held_by is not None and (rep := accounts.reps.get(held_by.rep_id)) is not None:
                rep.load = rep.load.released()
                await work.timers.set(LOOK_AGAIN, "freed", work.now, {})
            await accounts.save()
            await keep(work, stored, await self.company.working_time(work.tenant_id))
            more = {"reason": command.reason, "death": command.death.value, "quality": command.quality.value}
            record(work, stored, "lead.close", before, more)
            return await work.answer(stored)

    async def _decision(
        self, work: Work, stored: StoredLead, rep: Rep, decision_id: DecisionId, reason: str
    ) -> DecisionRecord:
        """The record of the override, with the ranking as it was when the lead was last decided."""
        last = await work.decisions.get(stored.lead.id, None)
        decision = DecisionRecord(
            decision_id=decision_id,
            lead_id=stored.lead.id,
            decided_at=work.now,
            outcome=outcomes.OVERRIDDEN,
            rep_id=rep.id,
            because=MovedBecause.BY_HAND.value,
            note=reason,
            document=last.document if last else None,
            content=last.content if last else b"",
            digest=last.digest if last else "",
            roster=last.roster if last else None,
        )
        await work.decisions.add_many([decision])
        return decision
