"""The directory's read copy in a real database: events in, look-ups out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from google.protobuf.message import Message

from chassis.database import Database, joined
from chassis.directory import FRESH_FOR_S, Directory, handlers
from chassis.event_headers import Event
from chassis.ids import TenantId, new_id
from throughline.collab.v1.calendar_service_pb2 import DAY_KIND_OFF, CalendarDay, WeeklyHours
from throughline.collab.v1.events_pb2 import CalendarChanged, PersonChanged, TeamChanged, TenantChanged

from ..databases import SERVICE, chassis_tables_alone

TENANT, OTHER = TenantId(new_id()), TenantId(new_id())
EAST, ANNA, BEN = new_id(), new_id(), new_id()
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass
class ReadCopy:
    database: Database
    now: float = 0.0
    reads: int = 0
    directory: Directory = field(init=False)

    def __post_init__(self) -> None:
        self.directory = Directory(self, clock=lambda: self.now)

    def transaction(self, tenant_id: TenantId) -> Any:
        self.reads += 1
        return self.database.transaction(tenant_id)

    async def apply(self, version: int, message: Message, tenant_id: TenantId = TENANT) -> None:
        event: Event[Any] = Event(new_id(), tenant_id, "t", "a", version, NOW, NOW, "service:collab", "", "", message)
        async with self.database.transaction(tenant_id) as transaction:
            with joined(transaction):
                await handlers()[type(message)](event)
        self.now += FRESH_FOR_S


def a_tenant(*, is_active: bool = True, zone: str = "Asia/Tokyo", tenant_id: str = TENANT) -> TenantChanged:
    return TenantChanged(tenant_id=tenant_id, zone=zone, currency="CNY", locale="zh-CN", is_active=is_active)


def a_person(person_id: str = BEN, *, is_active: bool = True, roles: tuple[str, ...] = ("rep",)) -> PersonChanged:
    return PersonChanged(
        person_id=person_id, subject=f"sub-{person_id}", team_id=EAST, supervisor_id=ANNA if person_id == BEN else "",
        roles=roles, is_active=is_active,
    )  # fmt: skip


@pytest.fixture
def addresses(database_factory: Callable[..., Any]) -> Any:
    return database_factory(SERVICE, migrate=chassis_tables_alone, schema="chassis")


@pytest.fixture
async def copy(addresses: Any) -> AsyncIterator[ReadCopy]:
    async with Database.open(addresses.login_url, service=SERVICE, pool_size=2) as database:
        yield ReadCopy(database)


async def test_what_events_tell_can_be_looked_up(copy: ReadCopy) -> None:
    await copy.apply(1, a_tenant())
    await copy.apply(1, TeamChanged(team_id=EAST, leader_id=ANNA, kind="sales"))
    await copy.apply(1, a_person(ANNA, roles=("supervisor",)))
    await copy.apply(1, a_person())

    caller = await copy.directory.find_caller(TENANT, f"sub-{ANNA}")
    supervisor = await copy.directory.supervisor_of(TENANT, BEN)

    assert caller is not None
    assert (caller.person_id, caller.team_id) == (ANNA, EAST)
    assert (caller.team_ids, caller.roles) == (frozenset({EAST}), frozenset({"supervisor"}))
    assert supervisor is not None
    assert supervisor.person_id == ANNA
    assert [person.person_id for person in await copy.directory.people_with_role(TENANT, "rep")] == [BEN]
    assert await copy.directory.zone(TENANT) == ZoneInfo("Asia/Tokyo")


async def test_people_may_arrive_before_their_tenant_and_are_nobody_until_it_comes(copy: ReadCopy) -> None:
    await copy.apply(1, a_person())
    assert await copy.directory.find_caller(TENANT, f"sub-{BEN}") is None

    await copy.apply(1, a_tenant())

    assert await copy.directory.find_caller(TENANT, f"sub-{BEN}") is not None


async def test_an_older_event_changes_nothing(copy: ReadCopy) -> None:
    await copy.apply(1, a_tenant())
    await copy.apply(3, a_person(is_active=False))

    await copy.apply(2, a_person())
    await copy.apply(3, a_person())

    assert await copy.directory.find_caller(TENANT, f"sub-{BEN}") is None


async def test_a_revocation_is_seen_when_the_copy_is_two_seconds_old_and_not_before(copy: ReadCopy) -> None:
    await copy.apply(1, a_tenant())
    await copy.apply(1, a_person())
    assert await copy.directory.find_caller(TENANT, f"sub-{BEN}")
    await copy.apply(2, a_person(is_active=False))
    copy.now -= FRESH_FOR_S

    copy.now += FRESH_FOR_S - 0.1
    assert await copy.directory.find_caller(TENANT, f"sub-{BEN}")
    copy.now += 0.1
    assert await copy.directory.find_caller(TENANT, f"sub-{BEN}") is None


async def test_a_closed_tenant_has_no_callers(copy: ReadCopy) -> None:
    await copy.apply(1, a_person())
    await copy.apply(1, a_tenant())
    await copy.apply(2, a_tenant(is_active=False))

    assert await copy.directory.find_caller(TENANT, f"sub-{BEN}") is None


async def test_what_has_not_changed_is_not_read_again(copy: ReadCopy) -> None:
    await copy.apply(1, a_tenant())
    first = await copy.directory.of(TENANT)
    assert await copy.directory.of(TENANT) is first
    reads = copy.reads

    copy.now += FRESH_FOR_S
    again = await copy.directory.of(TENANT)

    assert again is first
    assert copy.reads == reads + 1


async def test_tenants_do_not_see_one_another(copy: ReadCopy) -> None:
    await copy.apply(1, a_tenant())
    await copy.apply(1, a_tenant(tenant_id=OTHER), OTHER)
    await copy.apply(1, a_person())

    assert await copy.directory.find_caller(OTHER, f"sub-{BEN}") is None
    assert await copy.directory.person(OTHER, BEN) is None


async def test_the_calendar_counts_the_tenants_hours_and_holidays_in_its_zone(copy: ReadCopy) -> None:
    await copy.apply(1, a_tenant(zone="Asia/Shanghai"))
    hours = [WeeklyHours(weekday=day, start_minute=600, end_minute=720) for day in (1, 2)]
    holiday = CalendarDay(date="2026-03-03", kind=DAY_KIND_OFF, name="祭")
    await copy.apply(1, CalendarChanged(hours=hours, days=[holiday]))

    calendar = await copy.directory.calendar(TENANT)

    # Monday 2 March, 10 o'clock in Shanghai, and after it Monday 9 March, for the Tuesday between is a holiday.
    assert calendar.next_working(NOW) == datetime(2026, 3, 2, 2, tzinfo=UTC)
    assert calendar.add(NOW, timedelta(hours=3)) == datetime(2026, 3, 9, 3, tzinfo=UTC)


async def test_a_tenant_without_calendar_works_from_nine_to_six_on_weekdays(copy: ReadCopy) -> None:
    await copy.apply(1, a_tenant(zone="Asia/Shanghai"))

    calendar = await copy.directory.calendar(TENANT)

    assert calendar.between(NOW, NOW + timedelta(days=7)) == timedelta(hours=45)


async def test_handlers_outside_of_an_event_are_a_fault_of_wiring() -> None:
    event: Event[Any] = Event("e", TENANT, "t", "a", 1, NOW, NOW, "", "", "", a_person())

    with pytest.raises(LookupError, match="inside the transaction"):
        await handlers()[PersonChanged](event)
