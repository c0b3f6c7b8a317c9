"""ActivityService as callers meet it: a real server, real tokens, a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import pytest_asyncio
from sqlalchemy import text

from chassis.error_mapping import from_rpc_error
from chassis.ids import new_id
from chassis.proto_values import timestamp_of
from pipeline.settings import Settings
from pipeline.wiring import build
from support.events import an_event, deliver
from support.served import Person, Served, served
from throughline.lead_router.v1.events_pb2 import LeadAssigned, LeadClosed
from throughline.pipeline.v1 import activity_service_pb2 as pb
from throughline.pipeline.v1.activity_service_pb2_grpc import ActivityServiceStub

from ..builders import ANNA, BO, LEAD, MONDAY, NORTH, SOUTH, SUPERVISOR, TENANT, a_request

if TYPE_CHECKING:
    from support.databases import Database as ProvisionedDatabase
    from support.databases import DatabaseFactory
    from support.tokens import TokenIssuer
    from throughline.pipeline.v1.activity_service_pb2_grpc import ActivityServiceAsyncStub

PEOPLE = {
    "anna": Person(ANNA, ("rep",), NORTH, SUPERVISOR),
    "bo": Person(BO, ("rep",), SOUTH),
    "sun": Person(SUPERVISOR, ("supervisor",), NORTH),
}


class Desk:
    """The service with a lead of Anna's."""

    def __init__(self, service: Served[Settings]) -> None:
        self.service = service
        self.stub: ActivityServiceAsyncStub = ActivityServiceStub(service.channel)

    async def record(self, subject: str, **fields: Any) -> pb.FollowUp:
        return (await self.stub.RecordFollowUp(a_request(**fields), metadata=self.who(subject))).follow_up

    def who(self, subject: str) -> tuple[tuple[str, str], ...]:
        return self.service.issuer.person_metadata(subject, TENANT)

    async def tell(self, fact: LeadAssigned | LeadClosed, version: int) -> None:
        subscription = self.service.service.subscriptions[0]
        record = an_event(fact, TENANT, aggregate_id=LEAD, version=version)
        await deliver(self.service.runtime.database, subscription, record)

    async def told(self) -> list[str]:
        async with self.service.runtime.database.transaction(TENANT) as transaction:
            rows = await transaction.connection.execute(text("SELECT type FROM outbox ORDER BY seq"))
            return [row.type for row in rows]


@pytest.fixture
def pipeline_database(database_factory: DatabaseFactory) -> ProvisionedDatabase:
    return database_factory("pipeline")


@pytest_asyncio.fixture
async def desk(pipeline_database: ProvisionedDatabase, token_issuer: TokenIssuer) -> AsyncIterator[Desk]:
    peers = '{"lead-router": "127.0.0.1:1", "collab": "127.0.0.1:1"}'
    async with served(
        Settings, build, pipeline_database, token_issuer, tenant=TENANT, people=PEOPLE, peers=peers
    ) as service:
        opened = Desk(service)
        await opened.tell(LeadAssigned(lead_id=LEAD, owner_id=ANNA, team_id=NORTH), 2)
        yield opened


async def test_owner_records_a_follow_up_and_the_router_is_told(desk: Desk) -> None:
    follow_up = await desk.record("anna", tags=[pb.FOLLOW_UP_TAG_PRICE_OBJECTION], next_action="发送报价")

    found = await desk.stub.GetFollowUp(
        pb.GetFollowUpRequest(follow_up_id=follow_up.follow_up_id), metadata=desk.who("anna")
    )
    assert found.follow_up == follow_up
    assert follow_up.person_id == ANNA
    assert (await desk.told())[:2] == ["throughline.pipeline.v1.FollowUpRecorded", "throughline.common.v1.Notice"]


async def test_lead_of_another_team_looks_like_a_missing_one(desk: Desk) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as foreign:
        await desk.record("bo")

    assert foreign.value.code() is grpc.StatusCode.NOT_FOUND
    assert from_rpc_error(foreign.value).metadata == {"kind": "lead", "id": LEAD}


async def test_supervisor_sees_and_records_follow_ups_of_the_team(desk: Desk) -> None:
    by_anna = await desk.record("anna")
    by_supervisor = await desk.record("sun")

    listed = await desk.stub.ListFollowUps(pb.ListFollowUpsRequest(lead_id=LEAD), metadata=desk.who("sun"))

    assert list(listed.follow_ups) == [by_supervisor, by_anna]


async def test_closed_lead_is_not_followed_up(desk: Desk) -> None:
    await desk.tell(LeadClosed(lead_id=LEAD, owner_id=ANNA, team_id=NORTH), 3)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await desk.record("anna")

    assert from_rpc_error(refused.value).reason == "LEAD_CLOSED"


async def test_lead_that_nobody_has_told_of_is_asked_for(desk: Desk) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as unreachable:
        await desk.record("anna", lead_id=new_id())

    assert unreachable.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_every_fault_of_a_request_is_named_at_once(desk: Desk) -> None:
    request = pb.RecordFollowUpRequest(lead_id=LEAD, customer_id=LEAD, summary="x")

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await desk.stub.RecordFollowUp(request, metadata=desk.who("anna"))

    error = from_rpc_error(refused.value)
    assert {fault.field for fault in getattr(error, "violations", ())} == {"", "channel", "summary"}


async def test_same_key_gives_the_same_follow_up_and_one_event(desk: Desk) -> None:
    first = await desk.record("anna", request_id="k")
    again = await desk.record("anna", request_id="k")

    assert again == first
    assert (await desk.told()).count("throughline.pipeline.v1.FollowUpRecorded") == 1


async def test_silence_is_confirmed_to_services_alone(desk: Desk) -> None:
    follow_up = await desk.record("anna")
    request = pb.FindFollowUpSinceRequest(lead_id=LEAD, since=timestamp_of(MONDAY - timedelta(days=3650)))
    service = (("authorization", f"Bearer {desk.service.issuer.service('lead-router')}"), ("x-tenant", TENANT))

    found = await desk.stub.FindFollowUpSince(request, metadata=service)

    assert found.follow_up_id == follow_up.follow_up_id
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await desk.stub.FindFollowUpSince(request, metadata=desk.who("anna"))
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
