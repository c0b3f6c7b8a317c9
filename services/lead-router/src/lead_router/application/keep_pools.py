"""Make pools, show what is in them, and look at a lead in one, within the views of the day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from chassis import context
from chassis.authorization import Authorizer
from chassis.errors import Forbidden, Invalid, NotFound, Stale, Violation
from chassis.pages import Cursor
from lead_router.application.pool_ports import MOST_POOLS
from lead_router.application.ports import Company, UnitOfWork, Work
from lead_router.application.stored_lead import StoredLead
from lead_router.application.timer_names import RECONSIDER_POOLS
from lead_router.domain.errors import PoolViewsUsedUp, TooMany
from lead_router.domain.ids import LeadId, PoolId, RepId
from lead_router.domain.lead_state import LeadState
from lead_router.domain.pool import Pool, PoolRules


@dataclass(frozen=True, slots=True)
class PutPool:
    """Rules of a pool, and the version that the caller saw; 0 for a new one."""

    pool_id: PoolId
    version: int
    rules: PoolRules


@dataclass(frozen=True, slots=True)
class Viewed:
    """A lead of a pool, and how many views are left today; None for any number."""

    stored: StoredLead
    views_left: int | None


@dataclass(frozen=True, slots=True)
class PoolKeeper:
    """Keeps pools and shows them."""

    unit_of_work: UnitOfWork
    company: Company
    authorizer: Authorizer

    async def put(self, command: PutPool) -> Pool:
        """Makes a pool or replaces its rules; leads that are owned already are looked at again under them.

        Raises:
            Stale: the caller saw another version.
            TooMany: there are as many pools as there may be.
            Invalid: the next pool is not there, or is the pool itself; ids of rules repeat.
        """
        async with self.unit_of_work.begin() as work:
            await work.pools.hold()
            known = {pool.id: pool for pool in await work.pools.all()}
            before = known.get(command.pool_id)
            version = before.version if before else 0
            if version != command.version:
                raise Stale("pool", command.pool_id, version)
            if before is None and len(known) >= MOST_POOLS:
                raise TooMany("pool", MOST_POOLS)
            if faults := _faults(command, known.keys()):
                raise Invalid(faults)
            pool = Pool(id=command.pool_id, rules=command.rules, version=version + 1)
            await work.pools.put(pool)
            await work.timers.set(RECONSIDER_POOLS, "owned", work.now, {"after": None})
            work.audit.record(
                action="pool.put",
                resource=f"pools/{pool.id}",
                before=_audited(before) if before else None,
                after=_audited(pool),
            )
            return await work.answer(pool)

    async def page(self) -> Sequence[Pool]:
        """All pools by name, counted."""
        async with self.unit_of_work.begin() as work:
            return await work.pools.counted()

    async def leads(self, pool_id: PoolId, after: Cursor | None, size: int) -> Sequence[StoredLead]:
        """Leads of a pool, those that are in it longest at the top, at most `size`.

        Raises:
            NotFound: there is no such pool.
        """
        async with self.unit_of_work.begin() as work:
            if await work.pools.get(pool_id) is None:
                raise NotFound("pool", pool_id)
            return await work.pools.leads(pool_id, after, size)

    async def view(self, lead_id: LeadId) -> Viewed:
        """Shows one lead of a pool, counted once a day for the caller.

        Raises:
            NotFound: there is no such lead in a pool.
            PoolNotOpen: it is a pool of other teams.
            PoolViewsUsedUp: the caller has seen as many of the pool today as allowed.
        """
        caller = context.current().principal.person_id
        if caller is None:
            raise Forbidden("pool.read")
        async with self.unit_of_work.begin() as work:
            stored = await work.leads.get(lead_id)
            pool = await _pool_of(work, stored)
            if stored is None or pool is None:
                raise NotFound("lead", lead_id)
            rep = await work.reps.get(RepId(caller))
            if rep is not None and stored.lead.standing.pooled_at is not None:
                pool.require_open_to(
                    team_id=rep.team_id,
                    joined_at=rep.profile.joined_at,
                    pooled_at=stored.lead.standing.pooled_at,
                    at=work.now,
                )
            limit = pool.rules.views_per_day
            today = work.now.astimezone(await self.company.zone(work.tenant_id)).date()
            seen = await work.pools.count_view(pool.id, RepId(caller), lead_id, today, limit)
            if seen is None:
                raise PoolViewsUsedUp(pool.id, limit)
            work.audit.record(action="pool.view_lead", resource=f"leads/{lead_id}", after={"pool_id": pool.id})
            return await work.answer(Viewed(stored, limit - seen if limit else None))


async def _pool_of(work: Work, stored: StoredLead | None) -> Pool | None:
    if stored is None or stored.lead.state is not LeadState.POOLED or stored.lead.standing.pool_id is None:
        return None
    return await work.pools.get(stored.lead.standing.pool_id)


def _faults(command: PutPool, known: Collection[PoolId]) -> list[Violation]:
    rules, faults = command.rules, []
    if rules.next_pool_id == command.pool_id:
        faults.append(Violation("rules.next_pool_id", "circle", "must be another pool"))
    elif rules.next_pool_id is not None and rules.next_pool_id not in known:
        faults.append(Violation("rules.next_pool_id", "not_found", "must be a pool that is there"))
    ids = [rule.id for rule in rules.recycle_rules]
    faults += [
        Violation(f"rules.recycle_rules[{at}].id", "repeated", f"{rule_id} is there before")
        for at, rule_id in enumerate(ids)
        if rule_id in ids[:at]
    ]
    return faults


def _audited(pool: Pool) -> dict[str, object]:
    rules = pool.rules
    return {
        "version": pool.version,
        "name": rules.name,
        "claims_per_day": rules.claims_per_day,
        "views_per_day": rules.views_per_day,
        "cool_down_days": rules.cool_down_days,
        "protection_days": rules.protection_days,
        "recycle_rules": [f"{rule.id}: {rule.after.value} {rule.days}" for rule in rules.recycle_rules],
    }
