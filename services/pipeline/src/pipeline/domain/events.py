"""Facts that the action flow records."""

from dataclasses import dataclass
from datetime import datetime

from chassis.ids import PersonId, TeamId
from pipeline.domain.follow_up_standard import FollowUpVerdict
from pipeline.domain.ids import CustomerId, FollowUpId, LeadId


@dataclass(frozen=True, slots=True)
class FiledDocument:
    """A file that a follow-up carries, and what it is in business."""

    file_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class FollowUpRecorded:
    """A follow-up was recorded. Carries no free text."""

    follow_up_id: FollowUpId
    lead_id: LeadId | None
    customer_id: CustomerId | None
    person_id: PersonId
    team_id: TeamId | None
    channel: str
    tags: tuple[str, ...]
    has_next_action: bool
    occurred_at: datetime
    documents: tuple[FiledDocument, ...] = ()
    verdict: FollowUpVerdict | None = None
