"""Leads into pools and out of them: claimed by reps, returned with a reason, protection extended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis import context
from chassis.authorization import Authorizer
from chassis.errors import Forbidden, NotFound
from lead_router.application.lead_moves import audited, keep, locked, record
from lead_router.application.ports import Company, UnitOfWork, Work
from lead_router.application.rep_accounts import RepAccounts
from lead_router.application.routing_board import RoutingBoards
from lead_router.application.stored_lead import StoredLead
from lead_router.application.timer_names import POOL_DEADLINE
from lead_router.domain.errors import PoolClaimsUsedUp, PoolLeadTaken, RepUnavailable
from lead_router.domain.ids import LeadId, PoolId, RepId
from lead_router.domain.lead_state import LeadState
from lead_router.domain.pool import Departure, Pool, PoolCause, next_recycling, require_extendable
from lead_router.domain.rep import Rep
from lead_router.domain.routing.fixed_point import share_of


@dataclass(frozen=True, slots=True)
class ReturnLead:
    """Puts a lead into a pool. The note is free text and stays in the audit trail."""

    lead_id: LeadId
    version: int
    pool_id: PoolId
    reason: str
    note: str


@dataclass(frozen=True, slots=True)
class ExtendProtection:
    """Puts recycling off once more."""

    lead_id: LeadId
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """The lead of the caller, and how many claims are left today; None for any number."""

    stored: StoredLead
    claims_left: int | None


@dataclass(frozen=True, slots=True)
class Protected:
    """The lead, and when it is recycled unless something happens."""

    stored: StoredLead
    recycled_at: datetime | None


@dataclass(frozen=True, slots=True)
class PoolDesk:
    """Moves leads into pools and out. Locks the lead, then groups, then reps."""

    unit_of_work: UnitOfWork
    company: Company
    boards: RoutingBoards
    authorizer: Authorizer

    async def claim(self, lead_id: LeadId) -> Claimed:
        """The caller takes a lead out of its pool.

        Raises:
            NotFound: there is no such lead.
            PoolLeadTaken: it is in no pool any more.
            PoolNotOpen, PoolCoolDown, PoolClaimsUsedUp: the rules of the pool forbid it.
            RepFull, RepUnavailable: the caller has no room, or is no rep that routing knows.
        """
        caller = context.current().principal.person_id
        if caller is None:
            raise Forbidden("lead.claim")
        async with self.unit_of_work.begin() as work:
            # The lead first: of two callers the second waits here, and then sees that it is gone.
            stored = await work.leads.lock(lead_id)
            if stored is None:
                raise NotFound("lead", lead_id)
            standing = stored.lead.standing
            pool = await work.pools.get(standing.pool_id) if standing.pool_id else None
            if stored.lead.state is not LeadState.POOLED or pool is None or standing.pooled_at is None:
                raise PoolLeadTaken(lead_id)
            accounts = await RepAccounts.hold(work, [RepId(caller)])
            rep = accounts.reps.get(RepId(caller))
            if rep is None:
                raise RepUnavailable(RepId(caller))
            await self._require(work, pool, stored, rep, standing.pooled_at)
            today = work.now.astimezone(await self.company.zone(work.tenant_id)).date()
            limit = pool.rules.claims_per_day
            claimed = await work.pools.count_claim(pool.id, rep.id, today, limit)
            if claimed is None:
                raise PoolClaimsUsedUp(pool.id, limit)
            before = audited(stored)
            policy = await self.boards.policy(work)
            working = await self.company.working_time(work.tenant_id)
            stored.lead.claim(rep.owner, at=work.now, terms=policy.sla.terms(working))
            credited = share_of(stored.worth, policy.fairness.sticky_credit)
            await accounts.give(rep, stored, credited=credited, today=today)
            await accounts.save()
            await keep(work, stored, working)
            record(work, stored, "lead.claim", before, {"from_pool_id": pool.id})
            return await work.answer(Claimed(stored, limit - claimed if limit else None))

    async def give_back(self, command: ReturnLead) -> StoredLead:
        """Puts an owned or waiting lead into a pool; the owner has room again and is not charged for it.

        Raises:
            NotFound: no such lead or pool for this caller.
            Stale: the caller saw another version.
            LeadStateForbids: it is neither owned nor waiting.
        """
        async with self.unit_of_work.begin() as work:
            stored = await locked(work, self.authorizer, command.lead_id, "lead.return", version=command.version)
            if await work.pools.get(command.pool_id) is None:
                raise NotFound("pool", command.pool_id)
            before = audited(stored)
            await into_pool(work, self.company, stored, command.pool_id, PoolCause.RETURNED)
            record(work, stored, "lead.return", before, {"reason": command.reason, "note": command.note})
            return await work.answer(stored)

    async def extend(self, command: ExtendProtection) -> Protected:
        """Protects an owned lead from being recycled for longer.

        Raises:
            NotFound, Stale, LeadStateForbids: as `give_back`.
            ProtectionUsedUp: as often as the pool allows.
        """
        async with self.unit_of_work.begin() as work:
            stored = await locked(work, self.authorizer, command.lead_id, "lead.return", version=command.version)
            pools = await work.pools.all()
            if stored.lead.state is LeadState.ASSIGNED:
                require_extendable(pools, stored.lead)
            before = audited(stored)
            stored.lead.extend_protection(at=work.now)
            recycled_at = await watch(work, pools, stored)
            await keep(work, stored, await self.company.working_time(work.tenant_id))
            record(work, stored, "lead.extend_protection", before, {"reason": command.reason})
            return await work.answer(Protected(stored, recycled_at))

    async def _require(self, work: Work, pool: Pool, stored: StoredLead, rep: Rep, pooled_at: datetime) -> None:
        rep.require_free()
        pool.require_open_to(team_id=rep.team_id, joined_at=rep.profile.joined_at, pooled_at=pooled_at, at=work.now)
        left_at = await work.pools.left_at(stored.lead.id, rep.id)
        pool.require_cooled_down(stored.lead.id, left_at=left_at, at=work.now)


async def into_pool(work: Work, company: Company, stored: StoredLead, pool_id: PoolId, cause: PoolCause) -> None:
    """Puts a locked lead into a pool: room and credit of its owner come back, and who left it is remembered."""
    left = stored.lead.owner
    stored.lead.pool(pool_id, cause=cause, at=work.now)
    if left is not None:
        accounts = await RepAccounts.hold(work, [left.rep_id])
        await accounts.take_off(left.rep_id, stored)
        await accounts.save()
        await work.pools.departed(Departure(stored.lead.id, left.rep_id, work.now))
    await keep(work, stored, await company.working_time(work.tenant_id))


async def watch(work: Work, pools: Sequence[Pool], stored: StoredLead) -> datetime | None:
    """Sets the timer for the next thing that a pool does with the lead by itself; returns when an owned one falls."""
    lead = stored.lead
    pooled_at, pool_id = lead.standing.pooled_at, lead.standing.pool_id
    if lead.state is LeadState.POOLED and pooled_at is not None:
        here = next((pool for pool in pools if pool.id == pool_id), None)
        due_at = here.rotates_at(pooled_at) if here else None
    else:
        recycling = next_recycling(pools, lead)
        due_at = recycling.due_at if recycling else None
    if due_at is None:
        await work.timers.cancel(POOL_DEADLINE, lead.id)
    else:
        await work.timers.set(POOL_DEADLINE, lead.id, due_at, {})
    return due_at
