"""A follow-up happened: the lead's clocks stop, and an alarm that should not have rung is withdrawn."""

from dataclasses import dataclass
from datetime import datetime

from chassis.errors import NotFound
from lead_router.application.ports import Company, UnitOfWork
from lead_router.application.timer_names import FOLLOW_UP_DEADLINE, RESPONSE_WARNING
from lead_router.domain.ids import LeadId
from lead_router.domain.lead_state import LeadState


@dataclass(frozen=True, slots=True)
class NoteFollowUp:
    """What the owner of follow-ups told."""

    follow_up_id: str
    lead_id: LeadId
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class NoteFollowUpHandler:
    """Stops the clocks of an owned lead. A lead that nobody owns, or that has ended, has no clock to stop."""

    unit_of_work: UnitOfWork
    company: Company

    async def __call__(self, command: NoteFollowUp) -> None:
        """Records the follow-up on the lead.

        Raises:
            NotFound: there is no such lead.
        """
        async with self.unit_of_work.begin() as work:
            stored = await work.leads.lock(command.lead_id)
            if stored is None:
                raise NotFound("lead", command.lead_id)
            if stored.lead.state is not LeadState.ASSIGNED:
                return
            working = await self.company.working_time(work.tenant_id)
            stored.lead.record_follow_up(
                command.follow_up_id, occurred_at=command.occurred_at, at=work.now, working=working
            )
            stored.reckon(working)
            if stored.response_due_at is None:
                await work.timers.cancel(RESPONSE_WARNING, command.lead_id)
            if stored.follow_up_due_at is None:
                await work.timers.cancel(FOLLOW_UP_DEADLINE, command.lead_id)
            await work.leads.save(stored)
            for event in stored.lead.pull_events():
                work.outbox.append(event)
