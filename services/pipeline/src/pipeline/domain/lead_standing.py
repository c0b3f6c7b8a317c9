"""What the action flow knows of a lead: whose it is, and whether work on it still makes sense."""

from dataclasses import dataclass

from chassis.ids import PersonId, TeamId
from pipeline.domain.errors import LeadClosed
from pipeline.domain.ids import LeadId

_ENDED = frozenset({"merged", "rejected", "closed", "erased"})


@dataclass(frozen=True, slots=True)
class LeadStanding:
    """A lead as the router last told of it."""

    lead_id: LeadId
    state: str
    owner_id: PersonId | None
    team_id: TeamId | None

    def require_workable(self) -> None:
        """Refuses work on a lead that has ended.

        Raises:
            LeadClosed: it was merged, rejected, closed or erased.
        """
        if self.state in _ENDED:
            raise LeadClosed(self.lead_id, self.state)
