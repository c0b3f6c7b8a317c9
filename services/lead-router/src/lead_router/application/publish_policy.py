"""Publish a routing policy: validated with every fault named, then the one that routes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from chassis import context
from chassis.errors import Stale, Violation
from chassis.ids import new_id
from lead_router.application.ports import Company, Conditions, UnitOfWork
from lead_router.application.published_policy import PublishedPolicy
from lead_router.application.routing_board import DEFAULT_POLICY
from lead_router.domain.errors import PolicyInvalid
from lead_router.domain.routing.lead_rep_clause import Scope, scope_of
from lead_router.domain.routing.policy import Policy
from lead_router.domain.routing.policy_document import dump, parse


@dataclass(frozen=True, slots=True)
class PublishPolicy:
    """A document, and the version that the caller saw as active."""

    document: Mapping[str, Any]
    version: int
    note: str


@dataclass(frozen=True, slots=True)
class PolicyDesk:
    """Publishes and shows policies."""

    unit_of_work: UnitOfWork
    conditions: Conditions
    company: Company

    async def publish(self, command: PublishPolicy) -> PublishedPolicy:
        """Makes the document the policy that routes from now on.

        Raises:
            PolicyInvalid: names every fault.
            Stale: another version was published since the caller looked.
        """
        policy_id = new_id()
        policy = parse(command.document, policy_id=policy_id, version=command.version + 1)
        async with self.unit_of_work.begin() as work:
            pools = [pool.id for pool in await work.pools.all()]
            self._require_available(policy, await self.company.currency(work.tenant_id), pools)
            await work.policies.hold()
            current = await work.policies.version()
            if current != command.version:
                raise Stale("routing policy", "active", current)
            actor = context.current().principal.actor
            published = PublishedPolicy(policy_id, policy.version, dump(policy), work.now, actor, command.note)
            await work.policies.add(published)
            work.audit.record(
                action="policy.publish",
                resource=f"routing-policies/{policy_id}",
                before={"version": current},
                after={"version": policy.version, "note": command.note},
            )
            return await work.answer(published)

    async def active(self) -> PublishedPolicy:
        """The policy that routes now; the built-in one before any was published."""
        async with self.unit_of_work.begin() as work:
            published = await work.policies.active()
            if published is not None:
                return published
            return PublishedPolicy(DEFAULT_POLICY.id, 0, dump(DEFAULT_POLICY), work.now, "service:lead-router", "")

    async def page(self, before: int, size: int) -> list[PublishedPolicy]:
        """Versions below `before`, newest first; 0 for all."""
        async with self.unit_of_work.begin() as work:
            return list(await work.policies.page(before, size))

    def _require_available(self, policy: Policy, currency: str, pools: Collection[str]) -> None:
        faults: list[Violation] = []
        if policy.currency != currency:
            faults.append(Violation("currency", "money.currency", f"must be {currency}, in which the tenant reckons"))
        for at, clause in enumerate(policy.eligibility.clauses):
            if scope_of(clause.when) in {Scope.LEAD, Scope.REP}:
                faults += self.conditions.faults(f"eligibility.clauses[{at}].when", clause.when)
        for at, part in enumerate(policy.priority.classes):
            faults += self.conditions.faults(f"priority.classes[{at}].when", part.when)
        if policy.fallbacks.pool_when and policy.fallbacks.pool_id not in pools:
            faults.append(Violation("fallbacks.pool_id", "not_found", "must be the id of a pool that is there"))
        if faults:
            raise PolicyInvalid(policy.id, faults)
