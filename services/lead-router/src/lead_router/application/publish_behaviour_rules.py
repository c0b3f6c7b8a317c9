"""Publish behaviour rules: checked with every fault named, then those that hold."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis import context
from chassis.errors import NotFound, Stale
from lead_router.application.ports import UnitOfWork
from lead_router.application.signal_ports import BehaviourConditions, PublishedRules
from lead_router.domain.signals.behaviour import BUILT_IN, BehaviourRule, BehaviourRules, BehaviourRulesInvalid


@dataclass(frozen=True, slots=True)
class PublishBehaviourRules:
    """All rules, and the version that the caller saw as holding."""

    rules: Sequence[BehaviourRule]
    version: int
    note: str


@dataclass(frozen=True, slots=True)
class BehaviourDesk:
    """Publishes and shows behaviour rules."""

    unit_of_work: UnitOfWork
    conditions: BehaviourConditions

    async def publish(self, command: PublishBehaviourRules) -> PublishedRules:
        """Makes the rules those that hold from now on.

        Raises:
            BehaviourRulesInvalid: names every fault.
            Stale: another version was published since the caller looked.
        """
        rules = BehaviourRules(command.version + 1, tuple(command.rules))
        faults = rules.faults()
        for at, rule in enumerate(rules.rules):
            faults += self.conditions.faults(f"rules[{at}].when", rule.when)
        if faults:
            raise BehaviourRulesInvalid(faults)
        async with self.unit_of_work.begin() as work:
            await work.signals.hold_rules()
            current = await work.signals.rules()
            version = current.rules.version if current else 0
            if version != command.version:
                raise Stale("behaviour rules", "active", version)
            actor = context.current().principal.actor
            published = PublishedRules(rules, work.now, actor, command.note)
            await work.signals.add_rules(published)
            work.audit.record(
                action="behaviour_rules.publish",
                resource=f"behaviour-rules/{rules.version}",
                before={"version": version},
                after={"version": rules.version, "note": command.note},
            )
            return await work.answer(published)

    async def get(self, version: int) -> PublishedRules:
        """A version of the rules; 0 for the one that holds, which is the built-in one before any was published.

        Raises:
            NotFound: there is no such version.
        """
        async with self.unit_of_work.begin() as work:
            found = await work.signals.rules(version)
        if found is None and version:
            raise NotFound("behaviour rules", str(version))
        return found or PublishedRules(BUILT_IN)
