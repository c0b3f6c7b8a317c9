"""One figure of the funnel, opened: the leads or opportunities that it counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.errors import Invalid, Violation
from chassis.ids import PersonId, TeamId
from scoring.domain.funnel import FunnelQuestion
from scoring.domain.ids import LeadId, OpportunityId, SubmissionId


@dataclass(frozen=True, slots=True)
class FunnelCell:
    """A figure, by the question that showed it, the group of its row and its own name."""

    question: FunnelQuestion
    figure: str
    """Name of a count of `FunnelRow`."""
    groups: tuple[str, ...] = ("",)
    """Values of the question's dimensions; one empty text where it has none."""

    def require_sound(self, figures: Sequence[str]) -> None:
        """Refuses a cell that no row of the question can have, or that is no figure of this kind.

        Raises:
            Invalid: names every fault.
        """
        faults = list(self.question.faults())
        if self.figure not in figures:
            faults.append(Violation("figure", "figure.unknown", f"must be one of {', '.join(figures)}"))
        if len(self.groups) != len(self.question.groupings):
            faults.append(Violation("then", "groups.number", "must have one value for each of then_by"))
        if faults:
            raise Invalid(faults)


@dataclass(frozen=True, slots=True)
class FunnelLead:
    """A lead that a figure counts, or a submission that was joined to it."""

    lead_id: LeadId
    at: datetime
    """When it was received; of a submission, when it was joined."""
    submission_id: SubmissionId | None = None
    owner_id: PersonId | None = None
    team_id: TeamId | None = None
    source: str | None = None
    product_line: str | None = None
    region: str | None = None
    industry: str | None = None

    @property
    def id(self) -> str:
        """What the figure counts: the submission, or the lead itself."""
        return self.submission_id or self.lead_id


@dataclass(frozen=True, slots=True)
class FunnelOpportunity:
    """An opportunity that a figure counts."""

    id: OpportunityId
    at: datetime
    """When it was created; in figures of decisions, when it was decided."""
    owner_id: PersonId
    state: str
    team_id: TeamId | None = None
    lead_id: LeadId | None = None
    source: str | None = None
    product_line: str | None = None
    region: str | None = None
    industry: str | None = None
    stage: str | None = None
