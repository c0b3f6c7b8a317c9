from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from chassis import context
from chassis.chinese_holidays import CalendarDay
from chassis.errors import AlreadyExists, Invalid
from chassis.ids import TenantId, new_id
from chassis.shifts import DayKind
from collab.application.create_tenant import CreateTenant, CreateTenantHandler
from collab.domain.events import CalendarChanged, PersonChanged, TeamChanged, TenantChanged

from ..builders import A_MORNING
from ..in_memory import InMemoryUnitOfWork, a_request

HOLIDAYS = {2026: [CalendarDay(date(2026, 1, 1), DayKind.OFF, "元旦")]}


def a_command(**facts: str) -> CreateTenant:
    usual = {
        "tenant_id": None,
        "name": "衡岳医疗",
        "zone": "Asia/Shanghai",
        "currency": "CNY",
        "locale": "zh-CN",
        "admin_subject": "chen.jing",
        "admin_name": "陈静",
    }
    return CreateTenant(**{**usual, **facts})  # type: ignore[arg-type]  # the tests give texts


@pytest.fixture
def unit_of_work() -> InMemoryUnitOfWork:
    return InMemoryUnitOfWork()


@pytest.fixture
def create(unit_of_work: InMemoryUnitOfWork) -> CreateTenantHandler:
    return CreateTenantHandler(unit_of_work, lambda: HOLIDAYS)


async def test_a_tenant_begins_with_a_team_an_administrator_and_a_calendar(
    create: CreateTenantHandler, unit_of_work: InMemoryUnitOfWork
) -> None:
    tenant_id = TenantId(new_id())

    with context.bind(a_request(None)):
        created = await create(a_command(tenant_id=tenant_id))

    store = unit_of_work.store(tenant_id)
    (team,), (admin,) = store.teams.values(), store.people.values()
    assert created.tenant == store.tenant
    assert created.admin_id == admin.id
    assert (team.name, team.leader_id, admin.team_id) == ("管理", admin.id, team.id)
    assert (admin.subject, admin.name, admin.roles) == ("chen.jing", "陈静", frozenset({"admin"}))
    assert store.calendar is not None
    assert store.calendar.days_of(2026) == HOLIDAYS[2026]
    assert created.tenant.created_at == A_MORNING
    assert store.facts == [
        TenantChanged(created.tenant),
        TeamChanged(team),
        PersonChanged(admin),
        CalendarChanged(tenant_id, store.calendar),
    ]
    assert [(row.actor, row.action) for row in store.audit] == [("service:operator", "tenant.create")]


async def test_a_key_decides_the_id_that_is_left_to_us(create: CreateTenantHandler) -> None:
    with context.bind(a_request(None, request_id="k1")):
        first = await create(a_command())
        again = await create(a_command())
    with context.bind(a_request(None, request_id="k2")):
        other = await create(a_command())

    assert first == again
    assert other.tenant.id != first.tenant.id
    assert UUID(first.tenant.id).version == 8


async def test_without_a_key_every_tenant_is_a_new_one(create: CreateTenantHandler) -> None:
    with context.bind(a_request(None)):
        assert (await create(a_command())).tenant.id != (await create(a_command())).tenant.id


async def test_making_a_tenant_again_in_the_same_words_finds_it(
    create: CreateTenantHandler, unit_of_work: InMemoryUnitOfWork
) -> None:
    command = a_command(tenant_id=new_id())

    with context.bind(a_request(None, request_id="k1")):
        first = await create(command)
    with context.bind(a_request(None, request_id="k2")):
        again = await create(command)

    assert again == first
    assert len(unit_of_work.store(first.tenant.id).facts) == 4


@pytest.mark.parametrize("facts", [{"name": "另一家"}, {"zone": "UTC"}, {"admin_subject": "li.na"}])
async def test_making_a_tenant_again_in_other_words_is_refused(
    create: CreateTenantHandler, facts: dict[str, str]
) -> None:
    tenant_id = new_id()

    with context.bind(a_request(None)):
        await create(a_command(tenant_id=tenant_id))
        with pytest.raises(AlreadyExists):
            await create(a_command(tenant_id=tenant_id, **facts))


async def test_all_facts_that_cannot_be_are_named(create: CreateTenantHandler) -> None:
    with context.bind(a_request(None)), pytest.raises(Invalid) as refused:
        await create(a_command(zone="Mars/Olympus", currency="yuan", locale="fr"))

    assert [fault.field for fault in refused.value.violations] == ["zone", "currency", "locale"]


@pytest.mark.parametrize("zone", ["", "../etc/passwd", "Asia", "Asia/Shanghai\0"])
async def test_what_is_no_zone_is_refused(create: CreateTenantHandler, zone: str) -> None:
    with context.bind(a_request(None)), pytest.raises(Invalid):
        await create(a_command(zone=zone))
