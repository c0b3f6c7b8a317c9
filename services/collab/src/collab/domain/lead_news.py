"""What happens to leads, and who is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chassis.ids import PersonId
from collab.domain.ids import EventId, LeadId
from collab.domain.notification import Part


class NewsKind(StrEnum):
    """Kinds of notifications about leads."""

    ASSIGNED = "lead.assigned"
    REASSIGNED = "lead.reassigned"
    QUEUED = "lead.queued"
    JOINED = "lead.joined"
    """Two submissions of one customer met 撞单."""
    RESPONSE_OVERDUE = "lead.response_overdue"
    FELL_SILENT = "lead.fell_silent"
    """待激活."""
    ALARM_WITHDRAWN = "lead.alarm_withdrawn"
    SUMMARY_OVERDUE = "lead.first_contact_summary_overdue"
    """初联摘要 was not filled in time."""
    UNREAD_URGENT = "lead.urgent_unread"
    """An urgent notification was not read in time."""
    URGENCY_RAISED = "lead.urgency_raised"
    """It became urgent after it was received."""


_TOLD: Mapping[NewsKind, tuple[Part, ...]] = {
    NewsKind.ASSIGNED: (Part.OWNER,),
    NewsKind.REASSIGNED: (Part.OWNER, Part.FORMER_OWNER),
    NewsKind.QUEUED: (Part.SUPERVISOR,),
    NewsKind.JOINED: (Part.OWNER, Part.SUBMITTER),
    NewsKind.RESPONSE_OVERDUE: (Part.OWNER, Part.SUPERVISOR),
    NewsKind.FELL_SILENT: (Part.OWNER, Part.SUPERVISOR),
    NewsKind.ALARM_WITHDRAWN: (Part.OWNER, Part.SUPERVISOR),
    NewsKind.SUMMARY_OVERDUE: (Part.OWNER,),
    NewsKind.UNREAD_URGENT: (Part.SUPERVISOR,),
    NewsKind.URGENCY_RAISED: (Part.OWNER,),
}


@dataclass(frozen=True, slots=True)
class LeadNews:
    """Something happened to a lead, with the people who have a part in it."""

    kind: NewsKind
    event_id: EventId
    lead_id: LeadId
    occurred_at: datetime
    owner_id: PersonId | None = None
    former_owner_id: PersonId | None = None
    supervisor_ids: tuple[PersonId, ...] = ()
    submitter_id: PersonId | None = None
    due_at: datetime | None = None
    """Deadline that it is about."""
    reason: str = ""
    """Code, for example why a lead waits."""
    is_response_alarm: bool = False
    """Whether it is about the limit for a first response, which reps handle themselves unless the lead is urgent."""
    is_urgent: bool | None = None
    """None where the event does not say; what was known of the lead counts then."""

    @property
    def resource(self) -> str:
        """The lead, as in its URL."""
        return f"leads/{self.lead_id}"

    @property
    def facts(self) -> dict[str, str]:
        """What the texts may say."""
        facts = {"lead_id": str(self.lead_id)}
        if self.due_at is not None:
            facts["due_at"] = self.due_at.isoformat()
        if self.reason:
            facts["reason"] = self.reason
        return facts

    def concerned(self, *, is_urgent: bool) -> dict[PersonId, Part]:
        """Whom to tell, each once: somebody with two parts is told in the first of them."""
        spares_supervisors = self.is_response_alarm and not is_urgent
        people: dict[PersonId, Part] = {}
        for part in _TOLD[self.kind]:
            if part is Part.SUPERVISOR and spares_supervisors:
                continue
            for person_id in self._people_with(part):
                people.setdefault(person_id, part)
        return people

    def _people_with(self, part: Part) -> tuple[PersonId, ...]:
        match part:
            case Part.OWNER:
                return (self.owner_id,) if self.owner_id else ()
            case Part.FORMER_OWNER:
                return (self.former_owner_id,) if self.former_owner_id else ()
            case Part.SUBMITTER:
                return (self.submitter_id,) if self.submitter_id else ()
            case Part.SUPERVISOR:
                return self.supervisor_ids
