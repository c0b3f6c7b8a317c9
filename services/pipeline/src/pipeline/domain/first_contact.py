"""The summary of a lead's first contact 初联摘要: three things that are owed within half an hour."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from chassis.errors import Invalid, Stale, Violation
from chassis.ids import PersonId, TeamId
from pipeline.domain.errors import FirstContactSummaryClosed
from pipeline.domain.follow_up import FollowUp
from pipeline.domain.ids import FollowUpId, LeadId


@dataclass(frozen=True, slots=True)
class IntentLevel:
    """One level of intent 意向等级."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class FirstContactSettings:
    """How a tenant keeps first contacts."""

    limit: timedelta = timedelta(minutes=30)
    intent_levels: tuple[IntentLevel, ...] = (
        IntentLevel("A", "高意向"),
        IntentLevel("B", "中意向"),
        IntentLevel("C", "低意向"),
    )
    """The highest first."""
    version: int = 0

    def put(self, limit: timedelta, intent_levels: Sequence[IntentLevel], *, seen: int) -> "FirstContactSettings":
        """Other settings; the same where nothing differs.

        Raises:
            Stale: they have changed since they were seen.
            Invalid: two levels share a code.
        """
        if seen != self.version:
            raise Stale("first-contact settings", "first-contact-settings", self.version)
        codes = [level.code for level in intent_levels]
        if repeated := sorted({code for code in codes if codes.count(code) > 1}):
            message = f"the codes {', '.join(repeated)} are there more than once"
            raise Invalid([Violation("settings.intent_levels", "repeated", message)])
        wanted = replace(self, limit=limit, intent_levels=tuple(intent_levels))
        return self if wanted == self else replace(wanted, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class SummaryContent:
    """What was learnt at the first contact, as typed."""

    pain_point: str
    decision_chain: str
    intent_level: str

    def tidied(self) -> "SummaryContent":
        """The same without blanks around it."""
        return SummaryContent(self.pain_point.strip(), self.decision_chain.strip(), self.intent_level.strip())

    def require_complete(self, levels: Sequence[IntentLevel]) -> None:
        """Refuses what is not filled whole.

        Raises:
            Invalid: names every field that is missing, and a level that is none.
        """
        faults = [
            Violation(name, "required", "must not be empty or blank")
            for name in ("pain_point", "decision_chain", "intent_level")
            if not getattr(self, name)
        ]
        codes = [level.code for level in levels]
        if self.intent_level and self.intent_level not in codes:
            faults.append(Violation("intent_level", "intent_level.unknown", f"must be one of {', '.join(codes)}"))
        if faults:
            raise Invalid(faults)


@dataclass(frozen=True, slots=True)
class FirstContactSummary:
    """One per lead. Each move returns the summary as it is afterwards."""

    lead_id: LeadId
    follow_up_id: FollowUpId
    person_id: PersonId
    team_id: TeamId | None
    contacted_at: datetime
    due_at: datetime
    is_overdue: bool = False
    content: SummaryContent | None = None
    """None while it waits to be filled."""
    submitted_by: str = ""
    submitted_at: datetime | None = None
    version: int = 1

    @classmethod
    def of(cls, first: FollowUp, lead_id: LeadId, limit: timedelta) -> Self:
        """What the first follow-up of a lead opens. The limit runs from the contact, not from its recording."""
        due_at = first.occurred_at + limit
        return cls(lead_id, first.id, first.person_id, first.team_id, first.occurred_at, due_at)

    @property
    def is_open(self) -> bool:
        """Whether it waits to be filled."""
        return self.content is None

    def expired(self) -> "FirstContactSummary":
        """After its limit: an open one is overdue from then on; itself where it was filled, or is overdue already."""
        if not self.is_open or self.is_overdue:
            return self
        return replace(self, is_overdue=True, version=self.version + 1)

    def submitted(
        self, content: SummaryContent, levels: Sequence[IntentLevel], *, by: str, at: datetime
    ) -> "FirstContactSummary":
        """Filled, which closes it.

        Raises:
            FirstContactSummaryClosed: it was filled before.
            Invalid: names every field that is missing or cannot be.
        """
        if not self.is_open:
            raise FirstContactSummaryClosed(self.lead_id)
        tidied = content.tidied()
        tidied.require_complete(levels)
        return replace(
            self,
            content=tidied,
            submitted_by=by,
            submitted_at=at,
            is_overdue=self.is_overdue or at > self.due_at,
            version=self.version + 1,
        )


@dataclass(frozen=True, slots=True)
class SummaryOpened:
    """A first contact happened."""

    summary: FirstContactSummary


@dataclass(frozen=True, slots=True)
class SummaryOverdue:
    """The limit has passed."""

    summary: FirstContactSummary


@dataclass(frozen=True, slots=True)
class SummarySubmitted:
    """The summary was filled."""

    summary: FirstContactSummary


FirstContactEvent = SummaryOpened | SummaryOverdue | SummarySubmitted
