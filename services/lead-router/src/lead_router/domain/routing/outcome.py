"""What a decision can come to."""

from dataclasses import dataclass
from datetime import datetime

from lead_router.domain.events import MovedBecause
from lead_router.domain.ids import PoolId, RepId
from lead_router.domain.lead_state import WaitingReason

BETTER_LATER, NEXT_SHIFT = "BETTER_LATER", "NEXT_SHIFT"
ALL_FULL, NOBODY_ELIGIBLE, OFFERS_EXHAUSTED = "ALL_FULL", "NOBODY_ELIGIBLE", "OFFERS_EXHAUSTED"
"""Why a lead waits, as codes of the receipt."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """The rep gets the lead, or the offer of it."""

    rep_id: RepId
    because: MovedBecause
    credited_worth: int
    """What the ledger counts, in hundredths: less than the worth where not the ranking decided."""
    is_offer: bool

    @property
    def is_override(self) -> bool:
        """Whether the ledger is to mark it: an owner had precedence over the ranking."""
        return self.because is not MovedBecause.BEST_TOTAL


@dataclass(frozen=True, slots=True)
class Waits:
    reason: WaitingReason
    because: str
    look_again_at: datetime | None = None
    """When a shift starts that changes the answer; None where only a freed slot or a person does."""
    for_rep: RepId | None = None
    """Whose later slot is worth more than any slot now."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """Nobody can have it, and the policy sends such leads to a pool."""

    pool_id: PoolId
    because: str


Outcome = Assigned | Waits | Pooled


@dataclass(frozen=True, slots=True)
class Award:
    """A lead given away earlier in the same batch: it counts against the rep's room and in the ledger."""

    rep_id: RepId
    credited_worth: int
