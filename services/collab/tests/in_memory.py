"""The ports, kept in memory: for tests of use cases, which run in milliseconds on them.

The contract suites in `adapters/` run on these and on PostgreSQL alike, so that both answer the same.
"""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from chassis import context
from chassis.audit import AuditEntry, AuditTrail
from chassis.authorization import Resource, Scope
from chassis.context import Principal, RequestContext
from chassis.errors import NotFound, Unauthenticated
from chassis.ids import PersonId, TenantId
from chassis.pages import Cursor
from chassis.timers import Payload
from collab.application.notification_ports import ClaimedLetter, KindCount, NotificationFilter
from collab.application.ports import PeopleFilter
from collab.domain.events import Fact
from collab.domain.ids import LeadId, NotificationId
from collab.domain.letter import Letter
from collab.domain.names import sort_key
from collab.domain.notification import EmailState, Notification
from collab.domain.person import Person
from collab.domain.team import Team
from collab.domain.tenant import Tenant
from collab.domain.work_calendar import WorkCalendar

from .builders import A_MORNING

R = TypeVar("R")


@dataclass
class Store:
    """What one tenant has."""

    tenant: Tenant | None = None
    teams: dict[str, Team] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    calendar: WorkCalendar | None = None
    notifications: dict[str, Notification] = field(default_factory=dict)
    mail_due_at: dict[str, datetime] = field(default_factory=dict)
    mail_tries: dict[str, int] = field(default_factory=dict)
    urgent_leads: set[str] = field(default_factory=set)
    timers: dict[tuple[str, str], tuple[datetime, Payload]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)


class InMemoryTenants:
    def __init__(self, store: Store, tenant_id: TenantId) -> None:
        self._store = store
        self._tenant_id = tenant_id

    async def get(self) -> Tenant | None:
        return self._store.tenant

    async def lock(self) -> Tenant:
        if self._store.tenant is None:
            raise NotFound("tenant", self._tenant_id)
        return self._store.tenant

    async def add(self, tenant: Tenant) -> bool:
        if self._store.tenant is not None:
            return False
        self._store.tenant = tenant
        return True


class InMemoryTeams:
    def __init__(self, store: Store) -> None:
        self._teams = store.teams

    async def all(self) -> Sequence[Team]:
        return list(self._teams.values())

    async def page(self, after: Cursor | None, size: int) -> Sequence[Team]:
        ordered = sorted(self._teams.values(), key=lambda team: (sort_key(team.name), team.id))
        return [team for team in ordered if after is None or (sort_key(team.name), team.id) > _place(after)][:size]

    async def save_many(self, teams: Collection[Team]) -> None:
        self._teams.update({team.id: team for team in teams})


class InMemoryPeople:
    def __init__(self, store: Store) -> None:
        self._people = store.people

    async def get(self, person_id: PersonId) -> Person | None:
        return self._people.get(person_id)

    async def get_many(self, person_ids: Collection[PersonId]) -> Sequence[Person]:
        return [self._people[person_id] for person_id in set(person_ids) if person_id in self._people]

    async def all(self) -> Sequence[Person]:
        return list(self._people.values())

    async def page(self, wanted: PeopleFilter, scope: Scope, after: Cursor | None, size: int) -> Sequence[Person]:
        found = [
            person
            for person in self._people.values()
            if scope.includes(Resource(person.id, person.team_id))
            and wanted.team_id in ("", person.team_id)
            and (not wanted.role or wanted.role in person.roles)
        ]
        found.sort(key=lambda person: (sort_key(person.name), person.id))
        return [person for person in found if after is None or (sort_key(person.name), person.id) > _place(after)][
            :size
        ]

    async def save_many(self, people: Collection[Person]) -> None:
        self._people.update({person.id: person for person in people})


class InMemoryCalendars:
    def __init__(self, store: Store, tenant_id: TenantId) -> None:
        self._store = store
        self._tenant_id = tenant_id

    async def get(self) -> WorkCalendar | None:
        return self._store.calendar

    async def lock(self) -> WorkCalendar:
        if self._store.calendar is None:
            raise NotFound("tenant", self._tenant_id)
        return self._store.calendar

    async def save(self, calendar: WorkCalendar) -> None:
        self._store.calendar = calendar


class InMemoryNotifications:
    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def add_new(self, notifications: Sequence[Notification]) -> Sequence[Notification]:
        new = []
        for each in notifications:
            told = {(known.event_id, known.person_id) for known in self._store.notifications.values()}
            if (each.event_id, each.person_id) not in told:
                self._store.notifications[each.id] = each
                new.append(each)
                if each.email_state is EmailState.PENDING:
                    self._store.mail_due_at[each.id] = self._clock()
        return new

    async def lock(self, notification_id: NotificationId) -> Notification | None:
        return self._store.notifications.get(notification_id)

    async def save(self, notification: Notification) -> None:
        kept = self._store.notifications[notification.id]
        self._store.notifications[notification.id] = replace(kept, read_at=notification.read_at)

    async def page(
        self, person_id: PersonId, wanted: NotificationFilter, after: Cursor | None, size: int
    ) -> Sequence[Notification]:
        found = [
            each
            for each in self._store.notifications.values()
            if each.person_id == person_id
            and not (wanted.unread_only and each.read_at is not None)
            and wanted.kind in ("", each.kind)
        ]
        found.sort(key=lambda each: (each.occurred_at, each.id), reverse=True)
        place = (datetime.fromisoformat(after.key[0]), after.id) if after else None
        return [each for each in found if place is None or (each.occurred_at, each.id) < place][:size]

    async def unread(self, person_id: PersonId) -> int:
        mine = (each for each in self._store.notifications.values() if each.person_id == person_id)
        return sum(each.read_at is None for each in mine)

    async def unread_urgent_about(self, resource: str) -> Sequence[NotificationId]:
        return [
            each.id
            for each in self._store.notifications.values()
            if each.resource == resource and each.is_urgent and each.read_at is None
        ]

    async def count(self, scope: Scope, since: datetime | None) -> Sequence[KindCount]:
        told: dict[str, list[str]] = {}
        for each in self._store.notifications.values():
            person = self._store.people.get(each.person_id)
            if (
                person
                and scope.includes(Resource(person.id, person.team_id))
                and (not since or each.occurred_at >= since)
            ):
                told.setdefault(each.kind, []).append(each.person_id)
        return [KindCount(kind, len(people), len(set(people))) for kind, people in sorted(told.items())]


class InMemoryMails:
    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def claim(self, size: int, lease: timedelta) -> Sequence[ClaimedLetter]:
        now = self._clock()
        due = sorted((at, letter) for letter, at in self._store.mail_due_at.items() if at <= now)[:size]
        claimed = []
        for _, letter in due:
            self._store.mail_due_at[letter] = now + lease
            self._store.mail_tries[letter] = self._store.mail_tries.get(letter, 0) + 1
            claimed.append(ClaimedLetter(self._store.notifications[letter], self._store.mail_tries[letter]))
        return claimed

    async def sent(self, notification_id: NotificationId) -> None:
        self._settle(notification_id, EmailState.SENT)

    async def failed(self, notification_id: NotificationId) -> None:
        self._settle(notification_id, EmailState.FAILED)

    async def not_needed(self, notification_id: NotificationId) -> None:
        self._settle(notification_id, EmailState.NONE)

    async def again(self, notification_id: NotificationId, wait: timedelta) -> None:
        if notification_id in self._store.mail_due_at:
            self._store.mail_due_at[notification_id] = self._clock() + wait

    async def next_due_in(self) -> timedelta | None:
        due = self._store.mail_due_at.values()
        return max(min(due) - self._clock(), timedelta(0)) if due else None

    def _settle(self, notification_id: NotificationId, state: EmailState) -> None:
        kept = self._store.notifications[notification_id]
        self._store.notifications[notification_id] = replace(kept, email_state=state)
        self._store.mail_due_at.pop(notification_id, None)


class InMemoryUrgentLeads:
    def __init__(self, store: Store) -> None:
        self._leads = store.urgent_leads

    async def add(self, lead_id: LeadId) -> None:
        self._leads.add(lead_id)

    async def includes(self, lead_id: LeadId) -> bool:
        return lead_id in self._leads

    async def remove(self, lead_id: LeadId) -> None:
        self._leads.discard(lead_id)


class InMemoryOutbox:
    def __init__(self, store: Store) -> None:
        self._store = store

    def append(self, fact: Fact) -> None:
        self._store.facts.append(fact)


class InMemoryTimers:
    def __init__(self, store: Store) -> None:
        self._timers = store.timers

    async def set(self, kind: str, key: str, due_at: datetime, payload: Payload) -> None:
        self._timers[kind, key] = (due_at, payload)

    async def cancel_many(self, kind: str, keys: list[str]) -> int:
        return sum(self._timers.pop((kind, key), None) is not None for key in keys)


class InMemoryWork:
    """One transaction: a copy of the store, kept when it ends well."""

    def __init__(self, store: Store, tenant_id: TenantId, clock: Callable[[], datetime]) -> None:
        self.store = store
        self.now = clock()
        self.tenant_id = tenant_id
        self.tenants = InMemoryTenants(store, tenant_id)
        self.teams = InMemoryTeams(store)
        self.people = InMemoryPeople(store)
        self.calendars = InMemoryCalendars(store, tenant_id)
        self.notifications = InMemoryNotifications(store, clock)
        self.mails = InMemoryMails(store, clock)
        self.urgent_leads = InMemoryUrgentLeads(store)
        self.outbox = InMemoryOutbox(store)
        self.timers = InMemoryTimers(store)
        # The real one, whose rows are read before they would be written: it needs no connection for that.
        self.audit = AuditTrail(cast(Any, None), tenant_id, self.now)
        self.callbacks: list[Callable[[], None]] = []

    def after_commit(self, callback: Callable[[], None]) -> None:
        self.callbacks.append(callback)

    async def answer(self, result: R) -> R:
        return result


class InMemoryUnitOfWork:
    """Transactions one after the other, each on the store of the running request's tenant."""

    def __init__(self, clock: Callable[[], datetime] = lambda: A_MORNING) -> None:
        self.stores: dict[str, Store] = {}
        self._clock = clock

    def store(self, tenant_id: str) -> Store:
        return self.stores.setdefault(tenant_id, Store())

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[InMemoryWork]:
        tenant_id = context.current().tenant_id
        if tenant_id is None:
            raise Unauthenticated("the call names no tenant")
        work = InMemoryWork(copy.deepcopy(self.store(tenant_id)), tenant_id, self._clock)
        yield work
        work.store.audit += work.audit._entries
        self.stores[tenant_id] = work.store
        for callback in work.callbacks:
            callback()


class InMemoryPostman:
    """Keeps what is sent; fails as long as it is told to."""

    def __init__(self) -> None:
        self.sent: list[Letter] = []
        self.fault: Exception | None = None

    async def send(self, letter: Letter) -> None:
        if self.fault is not None:
            raise self.fault
        self.sent.append(letter)


class InMemoryMailRoom:
    """Remembers for whom it was woken."""

    def __init__(self) -> None:
        self.woken: list[TenantId] = []

    def wake(self, tenant_id: TenantId) -> None:
        self.woken.append(tenant_id)


class PlainTexts:
    """Says the kind and the part."""

    def text(self, notification: Notification, locale: str, zone: ZoneInfo) -> str:
        return f"{locale} {zone} {notification.kind} {notification.part}"

    def title(self, notification: Notification, locale: str) -> str:
        return f"{locale} {notification.kind}"


def a_request(
    tenant_id: str | None, person: Person | None = None, *, request_id: str = "", roles: frozenset[str] = frozenset()
) -> RequestContext:
    """A request of the person; of a service where there is none."""
    tenant = TenantId(tenant_id) if tenant_id else None
    principal = Principal("service", "service:operator", None, roles or frozenset({"operator"}))
    if person is not None:
        roles = roles or person.roles
        principal = Principal("person", person.subject, tenant, roles, person.id, person.team_id)
    return RequestContext(principal, tenant, method="test", request_id=request_id)


def _place(cursor: Cursor) -> tuple[str, str]:
    return cursor.key[0], cursor.id
