"""What people say of leads while they work on them: clocks stand still with a reason, quality is rated."""

from dataclasses import dataclass

from chassis import context
from chassis.authorization import Authorizer
from chassis.errors import Forbidden
from lead_router.application.lead_moves import audited, keep, locked, record
from lead_router.application.ports import Company, UnitOfWork
from lead_router.application.stored_lead import StoredLead
from lead_router.domain.ids import LeadId, PersonId
from lead_router.domain.lead_ending import LeadQuality
from lead_router.domain.response_clock import ClockKind


@dataclass(frozen=True, slots=True)
class PauseClock:
    """Lets a clock stand still, for a reason that is a code."""

    lead_id: LeadId
    version: int
    clock: ClockKind
    reason: str


@dataclass(frozen=True, slots=True)
class ResumeClock:
    """Lets a clock run again."""

    lead_id: LeadId
    version: int
    clock: ClockKind


@dataclass(frozen=True, slots=True)
class RateLead:
    """What sales says of a lead it received."""

    lead_id: LeadId
    version: int
    quality: LeadQuality


@dataclass(frozen=True, slots=True)
class LeadCare:
    """Pauses clocks and takes ratings. Every method raises `NotFound`, `Stale` and `LeadStateForbids`."""

    unit_of_work: UnitOfWork
    company: Company
    authorizer: Authorizer

    async def pause(self, command: PauseClock) -> StoredLead:
        """The clock stands still and its alarm does not ring. Raises `ClockStateForbids` where it does not run."""
        async with self.unit_of_work.begin() as work:
            stored = await locked(work, self.authorizer, command.lead_id, "lead.pause_clock", version=command.version)
            before = audited(stored)
            stored.lead.pause_clock(command.clock, reason=command.reason, at=work.now)
            await keep(work, stored, await self.company.working_time(work.tenant_id))
            more = {"clock": command.clock.value, "reason": command.reason}
            record(work, stored, "lead.pause_clock", before, more)
            return await work.answer(stored)

    async def resume(self, command: ResumeClock) -> StoredLead:
        """The clock runs on with the time it had left. Raises `ClockStateForbids` where it is not paused."""
        async with self.unit_of_work.begin() as work:
            stored = await locked(work, self.authorizer, command.lead_id, "lead.pause_clock", version=command.version)
            before = audited(stored)
            working = await self.company.working_time(work.tenant_id)
            stored.lead.resume_clock(command.clock, at=work.now, working=working)
            await keep(work, stored, working)
            record(work, stored, "lead.resume_clock", before, {"clock": command.clock.value})
            return await work.answer(stored)

    async def rate(self, command: RateLead) -> StoredLead:
        """Keeps the rating, in place of an earlier one, and tells it with the source."""
        caller = context.current().principal.person_id
        if caller is None:
            raise Forbidden("lead.rate")
        async with self.unit_of_work.begin() as work:
            stored = await locked(work, self.authorizer, command.lead_id, "lead.rate", version=command.version)
            before = audited(stored) | {"quality": stored.lead.quality}
            stored.lead.rate(command.quality, rated_by=PersonId(caller), at=work.now)
            await keep(work, stored, await self.company.working_time(work.tenant_id))
            record(work, stored, "lead.rate", before, {"quality": command.quality.value})
            return await work.answer(stored)
