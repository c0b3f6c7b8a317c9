"""What one person is told about one thing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chassis.ids import PersonId
from collab.domain.ids import EventId, NotificationId


class Part(StrEnum):
    """The part somebody has in what happened; the text differs by it."""

    OWNER = "owner"
    FORMER_OWNER = "former_owner"
    SUPERVISOR = "supervisor"
    SUBMITTER = "submitter"


class EmailState(StrEnum):
    """How far the e-mail has come."""

    NONE = "none"
    """None is to be sent: no mail server is set, or the person has no address."""
    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    """Refused for good, or tried for too long."""


@dataclass(frozen=True, slots=True)
class Notification:
    """Told once per event and person. Carries ids and facts, no personal data of leads."""

    id: NotificationId
    event_id: EventId
    person_id: PersonId
    kind: str
    part: Part
    resource: str
    """What it is about, as in its URL."""
    occurred_at: datetime
    is_urgent: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the text says beside the kind: moments in ISO 8601, codes, ids."""
    read_at: datetime | None = None
    email_state: EmailState = EmailState.NONE

    def read(self, at: datetime) -> "Notification":
        """The notification, read; the first time counts."""
        return self if self.read_at is not None else replace(self, read_at=at)

    def escalates_at(self, after: timedelta) -> datetime | None:
        """When a supervisor is told if it is still unread; None where that is not done.

        Counts from what happened, not from when we heard of it. A supervisor's own notification goes no further up.
        """
        return self.occurred_at + after if self.is_urgent and self.part is not Part.SUPERVISOR else None
