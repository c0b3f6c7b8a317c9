"""What pools do by themselves: owned leads fall into them by rule, and leads that nobody claims go on to the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lead_router.application.claim_leads import into_pool, watch
from lead_router.application.lead_moves import audited, keep, record
from lead_router.application.ports import Company, UnitOfWork, Work
from lead_router.application.stored_lead import StoredLead
from lead_router.application.timer_names import RECONSIDER_POOLS
from lead_router.domain.ids import LeadId
from lead_router.domain.lead_state import LeadState
from lead_router.domain.pool import Pool, PoolCause, next_recycling

_BATCH = 200
"""Leads that one transaction looks at when rules of a pool have changed."""


@dataclass(frozen=True, slots=True)
class Recycler:
    """Recycles and rotates what is due under the rules of this moment, and sets the timer for what is not."""

    unit_of_work: UnitOfWork
    company: Company

    async def watch(self, lead_id: LeadId) -> None:
        """Sets the timer of a lead that came to an owner or into a pool; nothing where no pool has a rule for it."""
        async with self.unit_of_work.begin() as work:
            pools = await work.pools.all()
            if pools and (stored := await work.leads.lock(lead_id)) is not None:
                await watch(work, pools, stored)

    async def act(self, lead_id: LeadId) -> None:
        """The time of a lead has come, for the timer. A follow-up or an extension meanwhile puts it off."""
        async with self.unit_of_work.begin() as work:
            stored = await work.leads.lock(lead_id)
            if stored is None:
                return
            pools = await work.pools.all()
            if stored.lead.state is LeadState.POOLED:
                await self._rotate(work, pools, stored)
            elif (recycling := next_recycling(pools, stored.lead)) is not None and recycling.due_at <= work.now:
                before = audited(stored)
                await into_pool(work, self.company, stored, recycling.pool_id, PoolCause.RECYCLED)
                record(work, stored, "lead.recycle", before, {"rule": recycling.rule_id})
            await watch(work, pools, stored)

    async def reconsider(self, after: LeadId | None) -> None:
        """Rules of a pool have changed: looks at owned leads again, a batch at a time, for the timer."""
        async with self.unit_of_work.begin() as work:
            pools = await work.pools.all()
            owned = await work.pools.owned_after(after, _BATCH)
            for stored in owned:
                await watch(work, pools, stored)
            if len(owned) == _BATCH:
                last = owned[-1].lead.id
                await work.timers.set(RECONSIDER_POOLS, f"after {last}", work.now, {"after": last})

    async def _rotate(self, work: Work, pools: Sequence[Pool], stored: StoredLead) -> None:
        standing = stored.lead.standing
        here = next((pool for pool in pools if pool.id == standing.pool_id), None)
        due_at: datetime | None = here.rotates_at(standing.pooled_at) if here and standing.pooled_at else None
        if here is None or due_at is None or due_at > work.now or here.rules.next_pool_id is None:
            return
        before = audited(stored)
        stored.lead.rotate(here.rules.next_pool_id, cause=PoolCause.ROTATED, at=work.now)
        await keep(work, stored, await self.company.working_time(work.tenant_id))
        record(work, stored, "lead.rotate", before)
