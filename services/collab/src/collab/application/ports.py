"""What the use cases need from outside, in the words of the domain."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from chassis.audit import AuditTrail
from chassis.authorization import Scope
from chassis.ids import PersonId, TenantId
from chassis.pages import Cursor
from chassis.timers import Payload
from collab.domain.events import Fact
from collab.domain.ids import LeadId, NotificationId
from collab.domain.letter import Letter
from collab.domain.notification import Notification
from collab.domain.person import Person
from collab.domain.team import Team
from collab.domain.tenant import Tenant
from collab.domain.work_calendar import WorkCalendar

R = TypeVar("R")


class Tenants(Protocol):
    """The transaction's tenant, which is the only one it sees."""

    async def get(self) -> Tenant | None:
        """The tenant, or None where it was never made."""
        ...

    async def lock(self) -> Tenant:
        """The tenant, held until the transaction ends: changes of its directory follow one another.

        Raises:
            NotFound: it was never made.
        """
        ...

    async def add(self, tenant: Tenant) -> bool:
        """Keeps a new tenant; False where it is there already, also when a rival made it just now."""
        ...


class Teams(Protocol):
    """All teams of the tenant."""

    async def all(self) -> Sequence[Team]:
        """Every team."""
        ...

    async def page(self, after: Cursor | None, size: int) -> Sequence[Team]:
        """Teams by name, after the cursor, at most `size`."""
        ...

    async def save_many(self, teams: Collection[Team]) -> None:
        """Keeps new and changed teams."""
        ...


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Which people are wanted; empty fields do not narrow."""

    team_id: str = ""
    role: str = ""


class People(Protocol):
    """All people of the tenant."""

    async def get(self, person_id: PersonId) -> Person | None:
        """The person, or None."""
        ...

    async def get_many(self, person_ids: Collection[PersonId]) -> Sequence[Person]:
        """Those of the people that exist, in no order."""
        ...

    async def all(self) -> Sequence[Person]:
        """Everybody, active or not."""
        ...

    async def page(self, wanted: PeopleFilter, scope: Scope, after: Cursor | None, size: int) -> Sequence[Person]:
        """People that the scope includes, by name, after the cursor, at most `size`."""
        ...

    async def save_many(self, people: Collection[Person]) -> None:
        """Keeps new and changed people."""
        ...


class Calendars(Protocol):
    """The tenant's working calendar."""

    async def get(self) -> WorkCalendar | None:
        """The calendar, or None where the tenant was never made."""
        ...

    async def lock(self) -> WorkCalendar:
        """The calendar, held until the transaction ends.

        Raises:
            NotFound: the tenant was never made.
        """
        ...

    async def save(self, calendar: WorkCalendar) -> None:
        """Keeps the calendar, new or changed."""
        ...


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


class Outbox(Protocol):
    """Facts that leave with the transaction."""

    def append(self, fact: Fact) -> None:
        """Adds a fact."""
        ...


class Timers(Protocol):
    """Deadlines that are set and cancelled with the transaction."""

    async def set(self, kind: str, key: str, due_at: datetime, payload: Payload) -> None:
        """Sets the deadline of this kind and key, in place of an earlier one."""
        ...

    async def cancel_many(self, kind: str, keys: list[str]) -> int:
        """Removes deadlines; returns how many there were."""
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


class Work(Protocol):
    """What one transaction offers."""

    @property
    def now(self) -> datetime:
        """Business time of the transaction."""
        ...

    @property
    def tenant_id(self) -> TenantId:
        """The tenant it is for."""
        ...

    @property
    def tenants(self) -> Tenants:
        """The tenant's own facts."""
        ...

    @property
    def teams(self) -> Teams:
        """The tenant's teams."""
        ...

    @property
    def people(self) -> People:
        """The tenant's people."""
        ...

    @property
    def calendars(self) -> Calendars:
        """The tenant's calendar."""
        ...

    @property
    def notifications(self) -> Notifications:
        """What the tenant's people were told."""
        ...

    @property
    def mails(self) -> Mails:
        """E-mails to send."""
        ...

    @property
    def urgent_leads(self) -> UrgentLeads:
        """Which leads are urgent."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Facts to tell."""
        ...

    @property
    def audit(self) -> AuditTrail:
        """Rows of the audit."""
        ...

    @property
    def timers(self) -> Timers:
        """Deadlines."""
        ...

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Calls back once the transaction is durable; never when it is rolled back."""
        ...

    async def answer(self, result: R) -> R:
        """Keeps the result as the answer to a repeat of the request, and passes it on."""
        ...


class UnitOfWork(Protocol):
    """Begins transactions of the running request's tenant."""

    def begin(self) -> AbstractAsyncContextManager[Work]:
        """One transaction; leaving by an exception rolls it back."""
        ...
