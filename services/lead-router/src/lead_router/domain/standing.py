"""Where one lead stands, with all that belongs to that state."""

from dataclasses import dataclass
from datetime import datetime

from lead_router.domain.events import Owner
from lead_router.domain.ids import CustomerId, DecisionId, LeadId, OpportunityId, PoolId
from lead_router.domain.lead_state import LeadState, WaitingReason


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a lead stands, with what belongs to that state. Un-merging puts it back whole."""

    state: LeadState = LeadState.WAITING
    waiting_reason: WaitingReason | None = WaitingReason.SUPERVISOR
    look_again_at: datetime | None = None
    """Waiting: when a decision may come out differently; None until something changes."""
    owner: Owner | None = None
    """Assigned: the owner. Converted, closed: the last one."""
    assigned_at: datetime | None = None
    """Assigned: since when. Converted: since when it was, so that an undone conversion puts it back."""
    offered_to: Owner | None = None
    offer_expires_at: datetime | None = None
    offer_decision_id: DecisionId | None = None
    pool_id: PoolId | None = None
    pooled_at: datetime | None = None
    merged_into: LeadId | None = None
    merged_into_customer: CustomerId | None = None
    end_reason: str = ""
    """Rejected, closed: the code."""
    opportunity_id: OpportunityId | None = None
    is_accepted: bool = False
    """Assigned: the owner said yes by accepting, claiming or being chosen by a person. Converted: had said."""
    extensions: int = 0
    """Assigned: how often this owner put recycling off."""

    @property
    def holder(self) -> Owner | None:
        """Whose room an open lead takes: its owner's, or that of the rep it is offered to."""
        return self.owner or self.offered_to
