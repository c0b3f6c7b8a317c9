"""The directory's read copy: who belongs to a tenant, in which team, under whom, and when they work.

Its owner announces changes by events; `handlers` writes them into this service's own database, and `Directory` reads
them back, at most `FRESH_FOR_S` late. So a revocation takes effect within seconds and no request asks another service.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from google.protobuf.message import Message
from sqlalchemy import Row, Table, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database import current_transaction
from chassis.directory_snapshot import DEFAULT_WEEK, DirectoryPerson, DirectorySnapshot, DirectoryTeam
from chassis.directory_tables import directory_calendar, directory_person, directory_revision, directory_team, tenant
from chassis.event_headers import Event
from chassis.ids import PersonId, TeamId, TenantId
from chassis.shifts import DayKind, Shift, Week
from chassis.working_time import WorkingCalendar
from throughline.collab.v1 import calendar_service_pb2, events_pb2

FRESH_FOR_S = 2.0
DIRECTORY_AGGREGATES = ("tenant", "team", "person", "calendar")
"""Aggregates whose topics `handlers` needs."""

_AFTER_A_MISS_S = 0.2
"""A look-up that finds nobody looks again in a copy no older than this: people come while copies are kept."""
_MOST_TENANTS = 512


class Reads(Protocol):
    """The part of a transaction that this module reads by."""

    @property
    def connection(self) -> AsyncConnection: ...


class OpensTransactions(Protocol):
    """The part of a database that this module needs."""

    def transaction(self, tenant_id: TenantId) -> AbstractAsyncContextManager[Reads]: ...


@dataclass(frozen=True, slots=True)
class Caller:
    """What a request needs to know about the person who makes it."""

    person_id: PersonId
    team_id: TeamId | None
    team_ids: frozenset[TeamId]
    roles: frozenset[str]


class Directory:
    """Snapshots of tenants, kept in process for `FRESH_FOR_S` and read again only where something has changed."""

    def __init__(self, database: OpensTransactions, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._kept: OrderedDict[TenantId, tuple[float, DirectorySnapshot]] = OrderedDict()
        self._reading: dict[TenantId, asyncio.Lock] = {}

    async def of(self, tenant_id: str) -> DirectorySnapshot:
        """The tenant's directory, at most `FRESH_FOR_S` old; an empty, inactive one for an unknown tenant.

        Raises:
            Unreachable: the database does not answer and nothing fresh is kept.
        """
        return await self._at_most(TenantId(tenant_id), FRESH_FOR_S)

    async def _at_most(self, key: TenantId, age_s: float) -> DirectorySnapshot:
        if (fresh := self._fresh(key, age_s)) is not None:
            return fresh
        # One reader per tenant: when a copy grows old under load, the others wait for it instead of reading as well.
        async with self._reading.setdefault(key, asyncio.Lock()):
            return self._fresh(key, age_s) or await self._refreshed(key)

    def _fresh(self, tenant_id: TenantId, age_s: float) -> DirectorySnapshot | None:
        kept = self._kept.get(tenant_id)
        return kept[1] if kept is not None and self._clock() - kept[0] < age_s else None

    async def _refreshed(self, tenant_id: TenantId) -> DirectorySnapshot:
        now = self._clock()
        _, snapshot = self._kept.get(tenant_id, (now, None))
        async with self._database.transaction(tenant_id) as transaction:
            revision = await transaction.connection.scalar(select(directory_revision.c.revision)) or 0
            if snapshot is None or snapshot.revision != revision:
                snapshot = await _read(transaction.connection, tenant_id, revision)
        self._kept[tenant_id] = now, snapshot
        self._kept.move_to_end(tenant_id)
        while len(self._kept) > _MOST_TENANTS:
            forgotten, _ = self._kept.popitem(last=False)
            self._reading.pop(forgotten, None)
        return snapshot

    async def find_caller(self, tenant_id: TenantId, subject: str) -> Caller | None:
        """The active person of an active tenant whom the identity provider calls so; None where there is none."""
        for age_s in (FRESH_FOR_S, _AFTER_A_MISS_S):
            snapshot = await self._at_most(tenant_id, age_s)
            person = snapshot.person_by_subject(subject) if snapshot.is_active else None
            if person is not None:
                break
        else:
            return None
        return Caller(person.person_id, person.team_id, snapshot.scope_team_ids(person.person_id), person.roles)

    async def person(self, tenant_id: str, person_id: str) -> DirectoryPerson | None:
        """See `DirectorySnapshot.person`; one who has just come is found too."""
        found = (await self.of(tenant_id)).person(person_id)
        return found or (await self._at_most(TenantId(tenant_id), _AFTER_A_MISS_S)).person(person_id)

    async def person_by_subject(self, tenant_id: str, subject: str) -> DirectoryPerson | None:
        """See `DirectorySnapshot.person_by_subject`."""
        return (await self.of(tenant_id)).person_by_subject(subject)

    async def people_with_role(self, tenant_id: str, role: str, team_id: str | None = None) -> list[DirectoryPerson]:
        """See `DirectorySnapshot.people_with_role`."""
        return (await self.of(tenant_id)).people_with_role(role, team_id)

    async def supervisor_of(self, tenant_id: str, person_id: str) -> DirectoryPerson | None:
        """See `DirectorySnapshot.supervisor_of`."""
        return (await self.of(tenant_id)).supervisor_of(person_id)

    async def supervisors_of(self, tenant_id: str, person_id: str) -> list[DirectoryPerson]:
        """See `DirectorySnapshot.supervisors_of`."""
        return (await self.of(tenant_id)).supervisors_of(person_id)

    async def team_ids_under(self, tenant_id: str, team_id: str) -> frozenset[TeamId]:
        """See `DirectorySnapshot.team_ids_under`."""
        return (await self.of(tenant_id)).team_ids_under(team_id)

    async def calendar(self, tenant_id: str) -> WorkingCalendar:
        """The tenant's working time, public holidays included."""
        return (await self.of(tenant_id)).calendar

    async def zone(self, tenant_id: str) -> ZoneInfo:
        """The tenant's zone."""
        return (await self.of(tenant_id)).zone


def handlers() -> dict[type[Message], Callable[[Event[Any]], Awaitable[None]]]:
    """Handlers that keep the read copy, for a subscription to `DIRECTORY_AGGREGATES`.

    Each writes the whole state that its event carries, unless a newer version is there: events may repeat and arrive
    late.
    """
    return {
        events_pb2.TenantChanged: _keep_tenant,
        events_pb2.TeamChanged: _keep_team,
        events_pb2.PersonChanged: _keep_person,
        events_pb2.CalendarChanged: _keep_calendar,
    }


async def _keep_tenant(event: Event[events_pb2.TenantChanged]) -> None:
    changed = event.message
    state = "active" if changed.is_active else "closed"
    facts = {"state": state, "zone": changed.zone, "currency": changed.currency, "locale": changed.locale}
    await _keep(event, tenant, {}, facts)


async def _keep_team(event: Event[events_pb2.TeamChanged]) -> None:
    changed = event.message
    facts = {
        "parent_team_id": changed.parent_team_id or None,
        "leader_id": changed.leader_id or None,
        "kind": changed.kind,
    }
    await _keep(event, directory_team, {"team_id": changed.team_id}, facts)


async def _keep_person(event: Event[events_pb2.PersonChanged]) -> None:
    changed = event.message
    facts = {
        "subject": changed.subject,
        "team_id": changed.team_id or None,
        "supervisor_id": changed.supervisor_id or None,
        "roles": list(changed.roles),
        "is_active": changed.is_active,
    }
    await _keep(event, directory_person, {"person_id": changed.person_id}, facts)


async def _keep_calendar(event: Event[events_pb2.CalendarChanged]) -> None:
    hours = [
        {"weekday": shift.weekday, "start_minute": shift.start_minute, "end_minute": shift.end_minute}
        for shift in event.message.hours
    ]
    working = calendar_service_pb2.DAY_KIND_WORKING
    days = {day.date: (DayKind.WORKING if day.kind == working else DayKind.OFF).value for day in event.message.days}
    await _keep(event, directory_calendar, {}, {"hours": hours, "days": days})


async def _keep(event: Event[Any], table: Table, key: Mapping[str, object], facts: Mapping[str, object]) -> None:
    transaction = current_transaction()
    if transaction is None:
        raise LookupError("the directory's handlers run inside the transaction of their event")
    row = {"tenant_id": event.tenant_id, **key, **facts, "version": event.aggregate_version}
    upsert = insert(table).values(row)
    upsert = upsert.on_conflict_do_update(
        index_elements=["tenant_id", *key],
        set_={name: upsert.excluded[name] for name in (*facts, "version")},
        where=table.c.version < upsert.excluded.version,
    )
    await transaction.connection.execute(upsert)
    risen = insert(directory_revision).values(tenant_id=event.tenant_id, revision=1)
    await transaction.connection.execute(
        risen.on_conflict_do_update(index_elements=["tenant_id"], set_={"revision": directory_revision.c.revision + 1})
    )


async def _read(connection: AsyncConnection, tenant_id: TenantId, revision: int) -> DirectorySnapshot:
    known = (await connection.execute(select(tenant))).one_or_none()
    if known is None:
        return DirectorySnapshot(tenant_id, revision)
    teams = (await connection.execute(select(directory_team))).all()
    people = (await connection.execute(select(directory_person))).all()
    calendar = (await connection.execute(select(directory_calendar))).one_or_none()
    zone = ZoneInfo(known.zone)
    return DirectorySnapshot(
        tenant_id,
        revision,
        is_active=known.state == "active",
        zone=zone,
        currency=known.currency,
        locale=known.locale,
        calendar=_calendar(zone, calendar),
        people={PersonId(row.person_id): _person(row) for row in people},
        teams={TeamId(row.team_id): _team(row) for row in teams},
    )


def _person(row: Row[Any]) -> DirectoryPerson:
    return DirectoryPerson(
        row.person_id, row.subject, row.team_id, row.supervisor_id, frozenset(row.roles), row.is_active
    )


def _team(row: Row[Any]) -> DirectoryTeam:
    return DirectoryTeam(row.team_id, row.parent_team_id, row.leader_id, row.kind)


def _calendar(zone: ZoneInfo, row: Row[Any] | None) -> WorkingCalendar:
    if row is None:
        return WorkingCalendar.of(zone, DEFAULT_WEEK)
    days = {date.fromisoformat(day): DayKind(kind) for day, kind in row.days.items()}
    return WorkingCalendar.of(zone, _week(row.hours), days)


def _week(hours: Sequence[Mapping[str, int]]) -> Week:
    if not hours:
        return DEFAULT_WEEK
    by_day: dict[int, list[Shift]] = {}
    for shift in hours:
        by_day.setdefault(shift["weekday"], []).append(Shift(shift["start_minute"], shift["end_minute"]))
    return Week(tuple(tuple(by_day.get(weekday, ())) for weekday in range(1, 8)))
