"""What one fact tells of an opportunity: how it stands after it.

Each fact tells the whole standing at a version, so what is known of an opportunity is its newest version, whatever the
order in which the facts arrive, and however often.
"""

from dataclasses import dataclass
from datetime import datetime

from chassis.ids import PersonId, TeamId
from scoring.domain.ids import LeadId, OpportunityId

WON, LOST = "won", "lost"
"""States that count in the funnel; one that was reopened is neither."""
WITHDRAWN = "withdrawn"
"""The state of an opportunity that was made by mistake: it does not count as created either."""


@dataclass(frozen=True, slots=True)
class OpportunityProgress:
    """Told by one fact."""

    opportunity_id: OpportunityId
    version: int
    """Version of the opportunity after the fact."""
    recorded_at: datetime
    created_at: datetime
    """When the opportunity was created: the same in all its facts."""
    lead_id: LeadId | None
    """Lead it came from."""
    owner_id: PersonId
    team_id: TeamId | None
    state: str
    """`open`, `won` or `lost`."""
    product_line: str | None = None
    stage: str | None = None
    decided_at: datetime | None = None
    """When it was won or lost; None while it is open."""
