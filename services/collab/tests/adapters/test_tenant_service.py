from __future__ import annotations

import asyncio

import grpc
import pytest

from chassis.chinese_holidays import published_years
from chassis.errors import AlreadyExists, Forbidden, Invalid, KeyReused, NotFound, Unauthenticated
from chassis.ids import new_id
from throughline.collab.v1 import calendar_service_pb2 as calendar_pb
from throughline.collab.v1 import events_pb2
from throughline.collab.v1 import tenant_service_pb2 as pb

from ..running import Running, refusal


def a_request(**facts: str) -> pb.CreateTenantRequest:
    usual = {"name": "衡岳医疗", "admin_subject": "chen.jing", "admin_name": "陈静"}
    return pb.CreateTenantRequest(**{**usual, **facts})


async def test_an_operator_makes_a_tenant_whose_administrator_can_work_at_once(running: Running) -> None:
    tenant_id = new_id()

    created = await running.tenants.CreateTenant(
        a_request(tenant_id=tenant_id), metadata=running.issuer.operator_metadata()
    )
    await running.settle()

    by_admin = running.issuer.person_metadata("chen.jing", tenant_id)
    read = await running.tenants.GetTenant(pb.GetTenantRequest(), metadata=by_admin)
    assert read.tenant == created.tenant
    assert (
        read.tenant.tenant_id,
        read.tenant.zone,
        read.tenant.currency,
        read.tenant.locale,
        read.tenant.is_active,
    ) == (
        tenant_id,
        "Asia/Shanghai",
        "CNY",
        "zh-CN",
        True,
    )
    calendar = await running.calendar.GetCalendar(
        calendar_pb.GetCalendarRequest(year=published_years()[-1]), metadata=by_admin
    )
    assert len(calendar.hours) == 5
    assert calendar.holidays_known
    assert "国庆节" in " ".join(day.name for day in calendar.days)


async def test_the_other_services_are_told_all_of_the_new_tenant(running: Running) -> None:
    created = await running.tenants.CreateTenant(a_request(), metadata=running.issuer.operator_metadata())

    told = await running.settle()

    tenant, team, person, calendar = told
    assert {record.headers["tenant"] for record in told} == {created.tenant.tenant_id}
    assert {record.headers["actor"] for record in told} == {"service:operator"}
    assert [record.topic for record in told] == [
        f"throughline.{aggregate}.v1" for aggregate in ("tenant", "team", "person", "calendar")
    ]
    assert events_pb2.TenantChanged.FromString(tenant.payload).tenant_id == created.tenant.tenant_id
    admin = events_pb2.PersonChanged.FromString(person.payload)
    assert (admin.person_id, list(admin.roles), admin.subject) == (created.admin_id, ["admin"], "chen.jing")
    assert admin.team_id == events_pb2.TeamChanged.FromString(team.payload).team_id
    assert len(events_pb2.CalendarChanged.FromString(calendar.payload).days) > 100
    assert "陈静".encode() not in b"".join(record.payload for record in told)


@pytest.mark.parametrize("tenant_id", ["", new_id()])
async def test_a_repeat_under_the_same_key_gets_the_same_answer(running: Running, tenant_id: str) -> None:
    by_operator = running.issuer.operator_metadata()
    request = a_request(tenant_id=tenant_id, request_id="make-1")

    first = await running.tenants.CreateTenant(request, metadata=by_operator)
    again = await running.tenants.CreateTenant(request, metadata=by_operator)

    assert again == first
    assert len(await running.settle()) == 4


async def test_rivals_under_one_key_make_one_tenant(running: Running) -> None:
    by_operator = running.issuer.operator_metadata()
    request = a_request(request_id="make-1")

    answers = await asyncio.gather(
        *(running.tenants.CreateTenant(request, metadata=by_operator) for _ in range(6)), return_exceptions=True
    )

    made = {answer.tenant.tenant_id for answer in answers if isinstance(answer, pb.CreateTenantResponse)}
    refused = {answer.code() for answer in answers if isinstance(answer, grpc.aio.AioRpcError)}
    assert len(made) == 1
    assert refused <= {grpc.StatusCode.ABORTED}, "those that met the first one while it ran"
    assert len(await running.settle()) == 4


async def test_rivals_for_one_id_make_one_tenant_and_all_get_it(running: Running) -> None:
    by_operator = running.issuer.operator_metadata()
    request = a_request(tenant_id=new_id())

    answers = await asyncio.gather(*(running.tenants.CreateTenant(request, metadata=by_operator) for _ in range(4)))

    assert len({answer.admin_id for answer in answers}) == 1
    assert len(await running.settle()) == 4


async def test_a_key_cannot_be_used_for_another_tenant(running: Running) -> None:
    by_operator = running.issuer.operator_metadata()
    await running.tenants.CreateTenant(a_request(request_id="make-1"), metadata=by_operator)

    error = await refusal(
        running.tenants.CreateTenant(a_request(request_id="make-1", name="另一家"), metadata=by_operator)
    )

    assert isinstance(error, KeyReused)


async def test_an_id_that_is_taken_is_refused(running: Running) -> None:
    site = await running.a_tenant(tenant_id=new_id())

    error = await refusal(
        running.tenants.CreateTenant(
            a_request(tenant_id=site.tenant_id, name="另一家"), metadata=running.issuer.operator_metadata()
        )
    )

    assert isinstance(error, AlreadyExists)


async def test_only_operators_make_tenants(running: Running) -> None:
    site = await running.a_tenant()

    by_admin = await refusal(running.tenants.CreateTenant(a_request(), metadata=site.by_admin))
    by_service = await refusal(running.tenants.CreateTenant(a_request(), metadata=site.by_service))
    by_nobody = await refusal(running.tenants.CreateTenant(a_request()))

    assert isinstance(by_admin, Forbidden)
    assert isinstance(by_service, Forbidden)
    assert isinstance(by_nobody, Unauthenticated)


async def test_facts_that_cannot_be_are_all_named(running: Running) -> None:
    error = await refusal(
        running.tenants.CreateTenant(
            a_request(zone="Mars/Olympus", currency="yen"), metadata=running.issuer.operator_metadata()
        )
    )

    assert isinstance(error, Invalid)
    assert [fault.field for fault in error.violations] == ["zone", "currency"]


async def test_a_tenant_that_was_never_made_cannot_be_read(running: Running) -> None:
    error = await refusal(
        running.tenants.GetTenant(pb.GetTenantRequest(), metadata=running.issuer.service_metadata("pipeline", new_id()))
    )

    assert isinstance(error, NotFound)
