"""Say whether the score of a lead is right, and why (LR-09)."""

from dataclasses import dataclass

from chassis import context
from chassis.authorization import Authorizer, Resource
from chassis.errors import Forbidden, NotFound
from lead_router.application.ports import UnitOfWork
from lead_router.application.stored_lead import StoredLead
from lead_router.domain.ids import LeadId, PersonId
from lead_router.domain.lead_details import ScoreVerdict

_PERMISSION = "lead.judge_score"


@dataclass(frozen=True, slots=True)
class JudgeScore:
    """What a person says of the score of a lead. The reason stays in the audit trail: it is free text."""

    lead_id: LeadId
    verdict: ScoreVerdict
    reason: str


@dataclass(frozen=True, slots=True)
class ScoreJudge:
    """Records judgements; models learn from them by their event."""

    unit_of_work: UnitOfWork
    authorizer: Authorizer

    async def __call__(self, command: JudgeScore) -> StoredLead:
        """Records the judgement.

        Raises:
            NotFound: no such lead for this caller.
            LeadNotScored, LeadStateForbids: there is no score to judge, or the lead has ended.
        """
        caller = context.current().principal.person_id
        if caller is None:
            raise Forbidden(_PERMISSION)
        async with self.unit_of_work.begin() as work:
            stored = await work.leads.lock(command.lead_id)
            if stored is None:
                raise NotFound("lead", command.lead_id)
            owner = stored.lead.owner
            resource = Resource(owner.rep_id if owner else None, owner.team_id if owner else None)
            self.authorizer.require_visible("lead.read", resource, kind="lead", id=command.lead_id)
            self.authorizer.require(_PERMISSION, resource)
            stored.lead.judge_score(command.verdict, judged_by=PersonId(caller), at=work.now)
            await work.leads.save(stored)
            for event in stored.lead.pull_events():
                work.outbox.append(event)
            score = stored.lead.score
            work.audit.record(
                action="lead.judge_score",
                resource=f"leads/{command.lead_id}",
                after={
                    "verdict": command.verdict.value,
                    "reason": command.reason,
                    "probability_ppm": score.win_probability_ppm if score else None,
                    "model": score.model if score else None,
                },
            )
            return await work.answer(stored)
