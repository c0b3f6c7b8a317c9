"""What the use cases of notifications need from outside, in the words of the domain."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from chassis.authorization import Scope
from chassis.ids import PersonId, TenantId
from chassis.pages import Cursor
from collab.domain.ids import LeadId, NotificationId
from collab.domain.letter import Letter
from collab.domain.notification import Notification


@dataclass(frozen=True, slots=True)
class NotificationFilter:
    """Which notifications are wanted; defaults do not narrow."""

    unread_only: bool = False
    kind: str = ""


@dataclass(frozen=True, slots=True)
class KindCount:
    """How often a kind of notification came up."""

    kind: str
    notifications: int
    people: int


class Notifications(Protocol):
    """All notifications of the tenant."""

    async def add_new(self, notifications: Sequence[Notification]) -> Sequence[Notification]:
        """Keeps those whose event the person was not told of yet, and returns them in their order."""
        ...

    async def lock(self, notification_id: NotificationId) -> Notification | None:
        """The notification, held until the transaction ends, or None."""
        ...

    async def save(self, notification: Notification) -> None:
        """Keeps that it was read."""
        ...

    async def page(
        self, person_id: PersonId, wanted: NotificationFilter, after: Cursor | None, size: int
    ) -> Sequence[Notification]:
        """One person's notifications, newest first, after the cursor, at most `size`."""
        ...

    async def unread(self, person_id: PersonId) -> int:
        """How many the person has not read."""
        ...

    async def unread_urgent_about(self, resource: str) -> Sequence[NotificationId]:
        """Urgent ones about a resource that nobody has read yet."""
        ...

    async def count(self, scope: Scope, since: datetime | None) -> Sequence[KindCount]:
        """Counts by kind, of people that the scope includes, from a moment on."""
        ...


@dataclass(frozen=True, slots=True)
class ClaimedLetter:
    """A notification whose e-mail this process is to send now."""

    notification: Notification
    tries: int
    """This one included."""


class Mails(Protocol):
    """E-mails of the tenant that are still to be sent. Times here are real, not business time."""

    async def claim(self, size: int, lease: timedelta) -> Sequence[ClaimedLetter]:
        """At most `size` that are due, which nobody else is given while the lease lasts."""
        ...

    async def sent(self, notification_id: NotificationId) -> None:
        """The mail server has taken it."""
        ...

    async def failed(self, notification_id: NotificationId) -> None:
        """It was refused for good, or tried for too long."""
        ...

    async def not_needed(self, notification_id: NotificationId) -> None:
        """Nobody is there any more to send it to."""
        ...

    async def again(self, notification_id: NotificationId, wait: timedelta) -> None:
        """It is to be tried once more after a while."""
        ...

    async def next_due_in(self) -> timedelta | None:
        """Time until the next one is due, zero or more; None where none is left."""
        ...


class UrgentLeads(Protocol):
    """Which leads are urgent, as the router last told."""

    async def add(self, lead_id: LeadId) -> None:
        """Remembers that the lead is urgent."""
        ...

    async def includes(self, lead_id: LeadId) -> bool:
        """Whether it is."""
        ...

    async def remove(self, lead_id: LeadId) -> None:
        """Forgets a lead that has ended."""
        ...


class Postman(Protocol):
    """Sends e-mails."""

    async def send(self, letter: Letter) -> None:
        """Hands the letter to the mail server.

        Raises:
            LetterRefused: it will never be taken.
            Unreachable: it may be taken later.
        """
        ...


class MailRoom(Protocol):
    """Sends pending e-mails beside everything else."""

    def wake(self, tenant_id: TenantId) -> None:
        """There is something to send for the tenant."""
        ...


class NotificationTexts(Protocol):
    """Says in a language what happened."""

    def text(self, notification: Notification, locale: str, zone: ZoneInfo) -> str:
        """One or two sentences, times in the zone."""
        ...

    def title(self, notification: Notification, locale: str) -> str:
        """A few words."""
        ...
