"""Look at suspected duplicates, and say that two leads are different customers."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis import context
from chassis.authorization import Authorizer, Resource
from chassis.errors import Forbidden, NotFound
from chassis.pages import Cursor
from lead_router.application.duplicate_ports import DuplicateFilter, DuplicatePair
from lead_router.application.ports import UnitOfWork, Work
from lead_router.application.stored_lead import StoredLead
from lead_router.domain.ids import DuplicateId, PersonId
from lead_router.domain.lead_duplicate import LeadDuplicate

_READ, _JUDGE = "lead.read", "lead.judge_duplicate"


@dataclass(frozen=True, slots=True)
class DismissDuplicate:
    """Two leads are different customers. The reason stays in the audit trail: it is free text."""

    duplicate_id: DuplicateId
    reason: str


@dataclass(frozen=True, slots=True)
class DuplicateJudge:
    """A pair concerns everybody who may see either of its leads: collisions lie between people."""

    unit_of_work: UnitOfWork
    authorizer: Authorizer

    async def page(self, wanted: DuplicateFilter, after: Cursor | None, size: int) -> Sequence[DuplicatePair]:
        """Pairs that concern the caller, newest first, at most `size`."""
        async with self.unit_of_work.begin() as work:
            found = await work.duplicates.page(wanted, self.authorizer.scope(_READ), after, size)
            leads = await work.leads.get_many({lead_id for pair in found for lead_id in (pair.lead_id, pair.other_id)})
        return [DuplicatePair(pair, leads[pair.lead_id], leads[pair.other_id]) for pair in found]

    async def dismiss(self, command: DismissDuplicate) -> DuplicatePair:
        """Records the verdict.

        Raises:
            NotFound: no such pair for this caller.
            Forbidden: the caller sees it and may not judge it.
            DuplicateStateForbids: it was decided before.
        """
        caller = context.current().principal.person_id
        if caller is None:
            raise Forbidden(_JUDGE)
        async with self.unit_of_work.begin() as work:
            duplicate = await work.duplicates.lock(command.duplicate_id)
            if duplicate is None:
                raise NotFound("lead_duplicate", command.duplicate_id)
            pair = await self._pair(work, duplicate)
            duplicate.dismiss(by=PersonId(caller), at=work.now)
            await work.duplicates.save(duplicate)
            work.duplicate_outbox.dismissed(duplicate, PersonId(caller))
            work.audit.record(
                action="lead_duplicate.dismiss",
                resource=f"lead-duplicates/{duplicate.id}",
                before={"state": "suspected"},
                after={
                    "state": duplicate.state.value,
                    "lead_id": duplicate.lead_id,
                    "other_lead_id": duplicate.other_id,
                    "reason": command.reason,
                },
            )
            return await work.answer(pair)

    async def _pair(self, work: Work, duplicate: LeadDuplicate) -> DuplicatePair:
        leads = await work.leads.get_many([duplicate.lead_id, duplicate.other_id])
        pair = DuplicatePair(duplicate, leads[duplicate.lead_id], leads[duplicate.other_id])
        resources = [_resource(pair.lead), _resource(pair.other)]
        seen = [resource for resource in resources if self.authorizer.allows(_READ, resource)]
        if not seen:
            raise NotFound("lead_duplicate", duplicate.id)
        if not any(self.authorizer.allows(_JUDGE, resource) for resource in seen):
            raise Forbidden(_JUDGE)
        return pair


def _resource(stored: StoredLead) -> Resource:
    owner = stored.lead.owner
    return Resource(owner.rep_id if owner else None, owner.team_id if owner else None)
