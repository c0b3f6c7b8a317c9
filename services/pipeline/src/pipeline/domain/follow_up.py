"""A follow-up 跟进: one contact with a lead or a customer, recorded once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chassis.errors import Invalid, Violation
from chassis.ids import PersonId, TeamId
from pipeline.domain.events import FiledDocument, FollowUpRecorded
from pipeline.domain.follow_up_standard import FollowUpStandard, FollowUpVerdict, Shown
from pipeline.domain.ids import CustomerId, FollowUpId, LeadId

_CLOCK_SKEW = timedelta(minutes=1)
"""A phone's clock may run ahead of ours by this much."""


@dataclass(frozen=True, slots=True)
class NextAction:
    """The next step that was agreed on."""

    text: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A contact that happened. It never changes afterwards."""

    id: FollowUpId
    lead_id: LeadId | None
    customer_id: CustomerId | None
    person_id: PersonId
    team_id: TeamId | None
    """Team of the person at that time."""
    channel: str
    tags: tuple[str, ...]
    summary: str
    next_action: NextAction | None
    occurred_at: datetime
    recorded_at: datetime
    custom: Mapping[str, str] = field(default_factory=dict)
    version: int = 1
    documents: tuple[FiledDocument, ...] = ()
    """Files that came out of it."""
    decision_chain_update: str = ""
    """What is new in the decision chain, as typed."""
    verdict: FollowUpVerdict | None = None
    """Whether it is effective; None for one from before there were standards."""

    @property
    def subject_id(self) -> str:
        """The lead or customer it belongs to, which orders its events."""
        return str(self.lead_id or self.customer_id)

    def require_plausible(self, found: Sequence[Violation] = ()) -> None:
        """Refuses times that cannot be, together with the faults that were found before.

        Raises:
            Invalid: names every time that lies where it cannot.
        """
        faults = list(found)
        if self.occurred_at > self.recorded_at + _CLOCK_SKEW:
            faults.append(Violation("occurred_at", "time.future", "a contact cannot lie in the future"))
        if self.next_action and self.next_action.due_at and self.next_action.due_at < self.occurred_at:
            faults.append(Violation("next_action_at", "time.order", "the next step cannot be due before the contact"))
        if faults:
            raise Invalid(faults)

    def judged(self, standard: FollowUpStandard, customer_type: str, new_document_kinds: Sequence[str]) -> "FollowUp":
        """Held against the standard of the type of customer.

        Args:
            standard: the one that holds now.
            customer_type: of the lead or the customer; empty where it is not known.
            new_document_kinds: kinds of those of its files that no follow-up carried before.
        """
        step = self.next_action
        shown = Shown(
            has_action_item=step is not None and bool(step.text.strip()) and step.due_at is not None,
            new_document_kinds=new_document_kinds,
            has_decision_chain_update=bool(self.decision_chain_update.strip()),
        )
        return replace(self, verdict=standard.judge(shown, customer_type=customer_type))

    def recorded(self) -> FollowUpRecorded:
        """The fact that others learn."""
        return FollowUpRecorded(
            self.id,
            self.lead_id,
            self.customer_id,
            self.person_id,
            self.team_id,
            self.channel,
            self.tags,
            self.next_action is not None,
            self.occurred_at,
            self.documents,
            self.verdict,
        )
