"""What the use cases need from outside, in the words of the domain."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from chassis.audit import AuditTrail
from chassis.authorization import Scope
from chassis.ids import PersonId, TenantId
from chassis.pages import Cursor
from chassis.timers import Payload
from collab.application.notification_ports import Mails, Notifications, UrgentLeads
from collab.domain.events import Fact
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
