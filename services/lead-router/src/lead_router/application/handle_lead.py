"""What people do with a lead by hand: give it to another rep, close it."""

from dataclasses import dataclass

from chassis import context
from chassis.authorization import Authorizer, Resource
from chassis.errors import Forbidden, NotFound
from chassis.ids import new_id
from lead_router.application import decision_record as outcomes
from lead_router.application.decision_record import DecisionRecord
from lead_router.application.ports import Company, UnitOfWork, Work
from lead_router.application.routing_board import RoutingBoards
from lead_router.application.stored_lead import StoredLead
from lead_router.application.timer_names import FOLLOW_UP_DEADLINE, LOOK_AGAIN, RESPONSE_WARNING
from lead_router.domain.events import MovedBecause
from lead_router.domain.ids import DecisionId, EntryId, GroupId, LeadId, PersonId, RepId
from lead_router.domain.rep import Rep
from lead_router.domain.routing.fixed_point import share_of
from lead_router.domain.routing.ledger import GroupAccount, credit, reverse


@dataclass(frozen=True, slots=True)
class OverrideAssignment:
    """Gives a lead to a rep by hand, with a reason."""

    lead_id: LeadId
    version: int
    rep_id: RepId
    reason: str


@dataclass(frozen=True, slots=True)
class CloseLead:
    """Ends a lead without a sale, with a reason."""

    lead_id: LeadId
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class Overridden:
    """A lead with its new owner, and the decision that says so."""

    stored: StoredLead
    decision: DecisionRecord


@dataclass(slots=True)
class _Accounts:
    """Reps and groups that this transaction holds."""

    reps: dict[RepId, Rep]
    groups: dict[GroupId, GroupAccount]


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
            stored = await self._locked(work, command.lead_id, command.version, "lead.override")
            lead = stored.lead
            accounts = await self._accounts(work, [command.rep_id, *([lead.owner.rep_id] if lead.owner else [])])
            rep = accounts.reps.get(command.rep_id)
            if rep is None:
                raise NotFound("rep", command.rep_id)
            rep.require_free()
            before = _audited(stored)
            policy = await self.boards.policy(work)
            working = await self.company.working_time(work.tenant_id)
            decision_id = DecisionId(new_id())
            await self._release(work, stored, accounts)
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
            posting = credit(
                accounts.groups[rep.account.group_id],
                rep.account,
                worth=credited,
                lead_id=lead.id,
                entry_id=EntryId(new_id()),
                is_override=True,
            )
            rep.account, accounts.groups[rep.account.group_id] = posting.rep, posting.group
            rep.load = rep.load.taken(stored.worth, at=work.now, day=today)
            await work.reps.add_entries([posting.entry])
            decision = await self._decision(work, stored, rep, decision_id, command.reason)
            stored.reckon(working)
            if stored.follow_up_due_at is not None:
                await work.timers.set(FOLLOW_UP_DEADLINE, lead.id, stored.follow_up_due_at, {"owner_id": rep.id})
            await self._save(work, stored, accounts, action="lead.override", before=before, reason=command.reason)
            return await work.answer(Overridden(stored, decision))

    async def close(self, command: CloseLead) -> StoredLead:
        """Ends the lead; its clocks stop and the owner has room again.

        Raises:
            NotFound, Stale, LeadStateForbids: as `override`.
        """
        async with self.unit_of_work.begin() as work:
            stored = await self._locked(work, command.lead_id, command.version, "lead.close")
            before, owner = _audited(stored), stored.lead.owner
            accounts = await self._accounts(work, [owner.rep_id] if owner else [])
            stored.lead.close(command.reason, at=work.now)
            if owner is not None and (rep := accounts.reps.get(owner.rep_id)) is not None:
                rep.load = rep.load.released()
                await work.timers.set(LOOK_AGAIN, "freed", work.now, {})
            stored.reckon(await self.company.working_time(work.tenant_id))
            await work.timers.cancel(RESPONSE_WARNING, stored.lead.id)
            await work.timers.cancel(FOLLOW_UP_DEADLINE, stored.lead.id)
            await self._save(work, stored, accounts, action="lead.close", before=before, reason=command.reason)
            return await work.answer(stored)

    async def _locked(self, work: Work, lead_id: LeadId, version: int, permission: str) -> StoredLead:
        stored = await work.leads.lock(lead_id)
        if stored is None:
            raise NotFound("lead", lead_id)
        owner = stored.lead.owner
        resource = Resource(owner.rep_id if owner else None, owner.team_id if owner else None)
        self.authorizer.require_visible("lead.read", resource, kind="lead", id=lead_id)
        self.authorizer.require(permission, resource)
        stored.lead.require_version(version)
        return stored

    async def _accounts(self, work: Work, rep_ids: list[RepId]) -> _Accounts:
        """The reps that exist with their groups, the groups locked first."""
        seen = [rep for rep in [await work.reps.get(rep_id) for rep_id in dict.fromkeys(rep_ids)] if rep is not None]
        groups = await work.reps.lock_groups({rep.account.group_id for rep in seen})
        return _Accounts(await work.reps.lock(rep.id for rep in seen), groups)

    async def _release(self, work: Work, stored: StoredLead, accounts: _Accounts) -> None:
        """The former owner has room again, and the credit of the lead is taken back."""
        owner = stored.lead.owner
        if owner is None or (rep := accounts.reps.get(owner.rep_id)) is None:
            return
        rep.load = rep.load.released()
        first = (await work.reps.open_entries([stored.lead.id])).get(stored.lead.id)
        if first is not None and first.rep_id == rep.id and first.group_id == rep.account.group_id:
            group = accounts.groups[rep.account.group_id]
            posting = reverse(group, rep.account, first=first, entry_id=EntryId(new_id()))
            rep.account, accounts.groups[rep.account.group_id] = posting.rep, posting.group
            await work.reps.add_entries([posting.entry])

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

    async def _save(
        self,
        work: Work,
        stored: StoredLead,
        accounts: _Accounts,
        *,
        action: str,
        before: dict[str, object],
        reason: str,
    ) -> None:
        await work.leads.save(stored)
        await work.reps.save(accounts.reps.values(), accounts.groups.values())
        for event in stored.lead.pull_events():
            work.outbox.append(event)
        work.audit.record(
            action=action,
            resource=f"leads/{stored.lead.id}",
            before=before,
            after={**_audited(stored), "reason": reason},
        )


def _audited(stored: StoredLead) -> dict[str, object]:
    lead = stored.lead
    return {
        "state": lead.state.value,
        "owner_id": lead.owner.rep_id if lead.owner else None,
        "version": lead.version,
    }
