"""The published tables that a decision reads, each with the version that the receipt names."""

from dataclasses import dataclass, field

from lead_router.domain.routing.decay import DecayTable, reference_decay
from lead_router.domain.routing.policy import Policy
from lead_router.domain.routing.prices import PriceTable
from lead_router.domain.routing.skill import SkillTable
from lead_router.domain.routing.worth import WorthTable


@dataclass(frozen=True, slots=True, eq=False)
class RoutingTables:
    skill: SkillTable
    worth: WorthTable
    prices: PriceTable = field(default_factory=PriceTable)
    decay: DecayTable = field(default_factory=reference_decay)

    @classmethod
    def before_evidence(cls, policy: Policy) -> "RoutingTables":
        """What a new tenant starts with: the policy's values, no prices."""
        return cls(SkillTable.before_evidence(policy.lifts), WorthTable.before_evidence(policy.worth))
