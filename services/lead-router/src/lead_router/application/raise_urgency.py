"""A trial nears its end after the lead came: the lead becomes urgent then, and its owner is told (LR-04)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lead_router.application.ports import UnitOfWork
from lead_router.application.routing_board import RoutingBoards
from lead_router.application.timer_names import NEXT_CANDIDATE, TRIAL_ENDS_SOON
from lead_router.domain.ids import LeadId
from lead_router.domain.lead import Lead
from lead_router.domain.lead_state import OPEN, LeadState
from lead_router.domain.routing.policy import Priority
from lead_router.domain.routing.urgency import TRIAL_ENDS


@dataclass(frozen=True, slots=True)
class UrgencyWatch:
    """Waits for the end of trials."""

    unit_of_work: UnitOfWork
    boards: RoutingBoards

    async def watch(self, lead_id: LeadId) -> None:
        """Sets the timer of a lead whose trial ends later; one that ends soon made it urgent when it was decided."""
        async with self.unit_of_work.begin() as work:
            stored = await work.leads.get(lead_id)
            if stored is None:
                return
            due_at = _due_at(stored.lead, (await self.boards.policy(work)).priority)
            if due_at is not None and due_at > work.now:
                await work.timers.set(TRIAL_ENDS_SOON, lead_id, due_at, {})

    async def act(self, lead_id: LeadId) -> None:
        """The trial ends soon, for the timer; a lead that waits is decided again at once, before the ordinary ones."""
        async with self.unit_of_work.begin() as work:
            stored = await work.leads.lock(lead_id)
            if stored is None or stored.lead.state not in OPEN or stored.lead.is_urgent:
                return
            due_at = _due_at(stored.lead, (await self.boards.policy(work)).priority)
            if due_at is None:
                return
            if due_at > work.now:
                await work.timers.set(TRIAL_ENDS_SOON, lead_id, due_at, {})
                return
            stored.lead.raise_urgency([TRIAL_ENDS], at=work.now)
            await work.leads.save(stored)
            for event in stored.lead.pull_events():
                work.outbox.append(event)
            if stored.lead.state is LeadState.WAITING:
                await work.timers.set(NEXT_CANDIDATE, lead_id, work.now, {})


def _due_at(lead: Lead, priority: Priority) -> datetime | None:
    """When the trial is near enough its end; None without a trial, or where the policy takes none for urgent."""
    ends_at = lead.details.profile.trial_ends_at
    if ends_at is None or not priority.trial_within_hours:
        return None
    return ends_at - timedelta(hours=priority.trial_within_hours)
