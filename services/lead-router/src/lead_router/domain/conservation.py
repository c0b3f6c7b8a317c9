"""The conservation law of leads (N-04): whatever was received stands in exactly one of nine states.

    received = waiting + offered + assigned + pooled + merged + rejected + converted + closed + erased

A gap above zero is a lead that was lost, one below zero a lead that was invented. Both are alarms.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from lead_router.domain.lead_state import LeadState


@dataclass(frozen=True, slots=True)
class StateCounts:
    """Leads by state, of one tenant, source or day. The field names are the states."""

    waiting: int = 0
    offered: int = 0
    assigned: int = 0
    pooled: int = 0
    merged: int = 0
    rejected: int = 0
    converted: int = 0
    closed: int = 0
    erased: int = 0

    @classmethod
    def of(cls, counts: Mapping[LeadState, int]) -> "StateCounts":
        """From counts by state; a state without leads may be left out."""
        return cls(**{state.value: count for state, count in counts.items()})

    @property
    def total(self) -> int:
        return sum(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True, slots=True)
class Conservation:
    """What came in against what is there."""

    received: int
    counts: StateCounts

    @property
    def gap(self) -> int:
        """Leads lost; negative for leads invented. 0 when the law holds."""
        return self.received - self.counts.total

    @property
    def holds(self) -> bool:
        return self.gap == 0
