"""Ring the bell: a lead without an answer for two hours, an owned lead without a follow-up for 48."""

from dataclasses import dataclass
from datetime import datetime

from lead_router.application.ports import Company, FollowUps, UnitOfWork
from lead_router.application.timer_names import FOLLOW_UP_DEADLINE, RESPONSE_WARNING
from lead_router.domain.errors import AlarmNotDue, LeadStateForbids
from lead_router.domain.ids import LeadId
from lead_router.domain.response_clock import ClockKind


@dataclass(frozen=True, slots=True)
class Alarms:
    """Rings an alarm that is still due. One that is not due any more, or not yet, does not ring."""

    unit_of_work: UnitOfWork
    company: Company
    follow_ups: FollowUps

    async def is_silent(self, lead_id: LeadId, clock: ClockKind) -> bool:
        """Asks the owner of follow-ups whether there was none that would have stopped the clock.

        Raises:
            Unreachable: it does not answer.
        """
        since = await self._counts_from(lead_id, clock)
        return since is None or await self.follow_ups.first_since(lead_id, since) is None

    async def ring(self, lead_id: LeadId, clock: ClockKind, *, is_confirmed: bool) -> None:
        """Rings, and marks the lead 待激活 where it is the 48-hour alarm."""
        async with self.unit_of_work.begin() as work:
            stored = await work.leads.lock(lead_id)
            if stored is None:
                return
            lead = stored.lead
            working = await self.company.working_time(work.tenant_id)
            try:
                if clock is ClockKind.RESPONSE:
                    lead.warn_of_response(at=work.now, working=working, is_unconfirmed=not is_confirmed)
                else:
                    lead.fall_silent(at=work.now, working=working, is_unconfirmed=not is_confirmed)
            except (AlarmNotDue, LeadStateForbids):
                response = clock is ClockKind.RESPONSE
                due_at = lead.clocks.response_due_at(working) if response else lead.clocks.follow_up_due_at(working)
                if due_at is not None and due_at > work.now:
                    await work.timers.set(RESPONSE_WARNING if response else FOLLOW_UP_DEADLINE, lead_id, due_at, {})
                return
            await work.leads.save(stored)
            for event in lead.pull_events():
                work.outbox.append(event)

    async def _counts_from(self, lead_id: LeadId, clock: ClockKind) -> datetime | None:
        """From when on a follow-up stops the clock; None where the lead is not there."""
        async with self.unit_of_work.begin() as work:
            stored = await work.leads.get(lead_id)
        if stored is None:
            return None
        lead = stored.lead
        return lead.received_at if clock is ClockKind.RESPONSE else lead.standing.assigned_at
