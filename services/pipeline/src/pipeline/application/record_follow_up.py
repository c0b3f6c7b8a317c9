"""Record a follow-up: it is kept, audited, and told to whoever waits for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chassis import context
from chassis.authorization import Authorizer, Resource
from chassis.errors import Forbidden
from chassis.ids import new_id
from pipeline.application.first_contacts import open_summary
from pipeline.application.lead_standings import standing_of
from pipeline.application.ports import Leads, UnitOfWork
from pipeline.domain.follow_up import FollowUp, NextAction
from pipeline.domain.ids import CustomerId, FollowUpId, LeadId
from pipeline.domain.lead_standing import LeadStanding


@dataclass(frozen=True, slots=True)
class RecordFollowUp:
    """A contact that happened, as its person tells it."""

    lead_id: LeadId | None
    customer_id: CustomerId | None
    channel: str
    tags: tuple[str, ...]
    summary: str
    next_action: NextAction | None
    occurred_at: datetime | None
    """None for now."""
    custom: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordFollowUpHandler:
    """Only a person records follow-ups, and only of leads that this person may see."""

    unit_of_work: UnitOfWork
    leads: Leads
    authorizer: Authorizer

    async def __call__(self, command: RecordFollowUp) -> FollowUp:
        """Keeps the follow-up and returns it.

        Raises:
            NotFound: no such lead for this caller.
            LeadClosed: the lead has ended.
            Invalid: a time cannot be.
        """
        caller = context.current().principal
        if caller.person_id is None:
            raise Forbidden("follow_up.record")
        standing = await standing_of(command.lead_id, self.unit_of_work, self.leads) if command.lead_id else None
        async with self.unit_of_work.begin() as work:
            if standing is not None:
                self._require_workable(standing)
            follow_up = FollowUp(
                id=FollowUpId(new_id()),
                lead_id=command.lead_id,
                customer_id=command.customer_id,
                person_id=caller.person_id,
                team_id=caller.team_id,
                channel=command.channel,
                tags=command.tags,
                summary=command.summary,
                next_action=command.next_action,
                occurred_at=command.occurred_at or work.now,
                recorded_at=work.now,
                custom=command.custom,
            )
            follow_up.require_plausible()
            await work.follow_ups.add(follow_up)
            work.outbox.append(follow_up.recorded())
            await open_summary(work, follow_up)
            work.audit.record(
                action="follow_up.record",
                resource=f"follow-ups/{follow_up.id}",
                after={"subject": follow_up.subject_id, "channel": follow_up.channel, "tags": follow_up.tags},
            )
            return await work.answer(follow_up)

    def _require_workable(self, standing: LeadStanding) -> None:
        self.authorizer.require_visible(
            "follow_up.record",
            Resource(owner_id=standing.owner_id, team_id=standing.team_id),
            kind="lead",
            id=standing.lead_id,
        )
        standing.require_workable()
