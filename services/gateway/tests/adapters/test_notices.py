"""Notices in PostgreSQL and from Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from chassis.database import Database
from chassis.directory import Directory
from chassis.ids import TenantId, new_id
from chassis.inbox import Record
from chassis.outbox import NOTICE
from chassis.subscription import Subscription, Together
from gateway.adapters.notice_rendering import NoticeRendering
from gateway.adapters.postgres.notices import PostgresNotices
from gateway.adapters.viewers import DirectoryViewers
from gateway.transcoding.json_mapper import JsonMapper
from support.databases import DatabaseFactory
from support.events import an_event, deliver, directory_subscription
from throughline.collab.v1.events_pb2 import PersonChanged, TeamChanged, TenantChanged
from throughline.common.v1.notice_pb2 import Notice

TENANT = TenantId(new_id())
RENDERING = NoticeRendering(JsonMapper())
NOW = datetime.now(UTC)


@pytest.fixture
async def database(database_factory: DatabaseFactory) -> AsyncIterator[Database]:
    async with Database.open(database_factory("gateway").login_url, service="gateway") as opened:
        yield opened


def a_notice(at_s: float = 0.0, tenant_id: str = TENANT, event_id: str | None = None) -> Record:
    notice = Notice(kind="lead.assigned", resource="leads/l1", version=2, person_ids=["p1"], team_ids=["t1"])
    at = NOW + timedelta(seconds=at_s)
    return an_event(
        notice, tenant_id, aggregate_id="leads/l1", aggregate=NOTICE, event_id=event_id or new_id(), occurred_at=at
    )


async def keep(database: Database, *records: Record) -> PostgresNotices:
    notices = PostgresNotices(database, RENDERING)
    await deliver(database, Subscription("gateway.notices", (NOTICE,), Together([Notice], notices.keep)), *records)
    return notices


async def make_tenant(database: Database) -> None:
    changed = TenantChanged(tenant_id=TENANT, zone="Asia/Shanghai", currency="CNY", locale="zh-CN", is_active=True)
    await deliver(
        database,
        directory_subscription("gateway"),
        an_event(changed, TENANT, aggregate_id=TENANT, aggregate="tenant"),
    )


async def test_what_was_recorded_since_a_notice_is_told_with_a_margin(database: Database) -> None:
    records = [a_notice(-200), a_notice(-50), a_notice(0), a_notice(30), a_notice(10, tenant_id=new_id())]
    notices = await keep(database, *records)

    since = await notices.since(TENANT, records[2].event_id, most=100)

    assert [notice.id for notice in since] == [record.event_id for record in records[1:4]]
    assert since[0].kind == "lead.assigned"
    assert since[0].team_ids == ("t1",)
    assert b'"resource":"leads/l1"' in since[0].data


async def test_an_unknown_notice_has_nothing_since_it(database: Database) -> None:
    notices = await keep(database, foreign := a_notice(tenant_id=new_id()))

    assert await notices.since(TENANT, new_id(), most=100) == []
    assert await notices.since(TENANT, foreign.event_id, most=100) == []
    assert await notices.since(TENANT, "'; drop table notice", most=100) == []


async def test_a_notice_that_comes_twice_is_kept_once(database: Database) -> None:
    record = a_notice()
    notices = await keep(database, record, record)
    await keep(database, record)

    assert len(await notices.since(TENANT, record.event_id, most=100)) == 1


async def test_notices_older_than_a_day_are_trimmed(database: Database) -> None:
    await make_tenant(database)
    old, young = a_notice(-25 * 3600), a_notice(-23 * 3600)
    notices = await keep(database, old, young)

    trimmed = await notices.trim()

    assert trimmed == 1
    assert await notices.since(TENANT, old.event_id, most=100) == []
    assert len(await notices.since(TENANT, young.event_id, most=100)) == 1


async def test_a_viewer_supervises_the_teams_that_the_person_leads(database: Database) -> None:
    await make_tenant(database)
    region, city, other = new_id(), new_id(), new_id()
    boss, rep, left = new_id(), new_id(), new_id()
    facts = [
        (TeamChanged(team_id=region, leader_id=boss, kind="sales"), region, "team"),
        (TeamChanged(team_id=city, parent_team_id=region, kind="sales"), city, "team"),
        (TeamChanged(team_id=other, kind="sales"), other, "team"),
        (PersonChanged(person_id=boss, subject="boss", team_id=region, roles=["rep"], is_active=True), boss, "person"),
        (PersonChanged(person_id=rep, subject="rep", team_id=city, roles=["rep"], is_active=True), rep, "person"),
        (PersonChanged(person_id=left, subject="left", team_id=city, roles=["rep"]), left, "person"),
    ]
    records = [an_event(fact, TENANT, aggregate_id=key, aggregate=kind) for fact, key, kind in facts]
    await deliver(database, directory_subscription("gateway"), *records)
    viewers = DirectoryViewers(Directory(database))

    leader, member = await viewers.viewer(TENANT, boss), await viewers.viewer(TENANT, rep)

    assert leader is not None
    assert member is not None
    assert leader.supervised_team_ids == {region, city}
    assert member.supervised_team_ids == frozenset()
    assert await viewers.viewer(TENANT, left) is None
    assert await viewers.viewer(TENANT, new_id()) is None
    assert await viewers.viewer(new_id(), boss) is None


async def test_streams_of_many_tenants_read_at_the_same_time(database: Database) -> None:
    records = {tenant: a_notice(tenant_id=tenant) for tenant in (new_id() for _ in range(5))}
    notices = await keep(database, *records.values())

    found = await asyncio.gather(
        *(notices.since(tenant, record.event_id, most=10) for tenant, record in records.items())
    )

    assert [[notice.tenant_id for notice in each] for each in found] == [[tenant] for tenant in records]
