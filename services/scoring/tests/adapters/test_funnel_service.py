"""FunnelService as a caller meets it: a real server, real tokens, the service's own wiring."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import grpc
import pytest
from google.protobuf.message import Message

from chassis.authentication import Authentication
from chassis.database import Database
from chassis.grpc_server import GrpcServer
from chassis.identity import TokenVerifier
from chassis.proto_values import timestamp_of
from chassis.runtime import Runtime, open_runtime
from scoring.settings import Settings
from scoring.wiring import build
from support.databases import Database as DatabaseCopy
from support.events import an_event, deliver, directory_subscription
from support.tokens import TokenIssuer
from throughline.collab.v1 import events_pb2 as directory_events
from throughline.scoring.v1 import funnel_service_pb2 as pb
from throughline.scoring.v1.funnel_service_pb2_grpc import FunnelServiceStub

from ..builders import ANNA, BO, CHEN, HOUR, MONDAY, NORTH, SOUTH, TENANT, Life, a_life, all_told

if TYPE_CHECKING:
    from throughline.scoring.v1.funnel_service_pb2_grpc import FunnelServiceAsyncStub

SUPERVISOR = "01900000-0000-7000-8000-0000000000c9"
PEOPLE = {
    "anna": (ANNA.person_id, NORTH, "rep"),
    "bo": (BO.person_id, NORTH, "rep"),
    "chen": (CHEN.person_id, SOUTH, "rep"),
    "sun": (SUPERVISOR, NORTH, "supervisor"),
    "dir": ("01900000-0000-7000-8000-0000000000ca", "", "director"),
    "law": ("01900000-0000-7000-8000-0000000000cb", "", "legal"),
}


@dataclass
class Suite:
    """The service, and how people call it."""

    runtime: Runtime[Settings]
    stub: FunnelServiceAsyncStub
    issuer: TokenIssuer

    async def funnel(self, subject: str, **question: object) -> pb.GetFunnelResponse:
        request = pb.GetFunnelRequest(**question)  # type: ignore[arg-type]  # fields of the request by name
        return await self.stub.GetFunnel(request, metadata=self.issuer.person_metadata(subject, TENANT))

    async def told(self, *lives: Life) -> None:
        service = await build(self.runtime)
        await deliver(self.runtime.database, service.subscriptions[0], *(it.record() for it in all_told(lives)))


@pytest.fixture
async def suite(scoring_database: DatabaseCopy, token_issuer: TokenIssuer) -> AsyncIterator[Suite]:
    settings = Settings.load(
        {
            "SCORING_ENVIRONMENT": "development",
            "SCORING_DATABASE_URL": scoring_database.login_url,
            "SCORING_KAFKA_BOOTSTRAP": "127.0.0.1:1",
            "SCORING_GRPC_LISTEN": "127.0.0.1:0",
            "SCORING_ISSUERS": token_issuer.setting,
            "SCORING_CLIENT_ID": "scoring",
            "SCORING_CLIENT_SECRET": "secret",
            "SCORING_TOKEN_URL": token_issuer.token_url,
        }
    )
    async with open_runtime(settings) as runtime:
        await _fill_directory(runtime.database)
        service = await build(runtime)
        server = GrpcServer(
            settings.grpc_listen,
            servicers=service.servicers,
            identity=Authentication(TokenVerifier(settings.issuers, runtime.http), runtime.directory),
            authorizer=runtime.authorizer,
        )
        await server.start()
        await server.set_ready(True)
        async with grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
            yield Suite(runtime, FunnelServiceStub(channel), token_issuer)
        await server.stop(0)


async def _fill_directory(database: Database) -> None:
    facts: list[tuple[str, str, Message]] = [
        ("tenant", TENANT, directory_events.TenantChanged(tenant_id=TENANT, zone="Asia/Shanghai", is_active=True)),
        ("team", NORTH, directory_events.TeamChanged(team_id=NORTH, leader_id=SUPERVISOR)),
        ("team", SOUTH, directory_events.TeamChanged(team_id=SOUTH)),
    ]
    for subject, (person_id, team_id, role) in PEOPLE.items():
        person = directory_events.PersonChanged(
            person_id=person_id, subject=subject, team_id=team_id, roles=[role], is_active=True
        )
        facts.append(("person", person_id, person))
    records = [an_event(fact, TENANT, aggregate_id=subject, aggregate=kind) for kind, subject, fact in facts]
    await deliver(database, directory_subscription("scoring"), *records)


async def test_a_director_sees_all_teams_and_their_total(suite: Suite) -> None:
    await suite.told(
        a_life().assign(ANNA).follow_up(), a_life().assign(BO).fall_silent(), a_life().assign(CHEN).close(), a_life()
    )

    answer = await suite.funnel("dir", group_by=pb.FUNNEL_GROUPING_TEAM)

    assert {row.group: row.received for row in answer.rows} == {NORTH: 2, SOUTH: 1, "": 1}
    assert answer.total == pb.FunnelRow(received=4, assigned=3, followed_up=1, silent=1, closed=1)


@pytest.mark.parametrize(
    ("subject", "seen"),
    [("anna", {ANNA.person_id}), ("sun", {ANNA.person_id, BO.person_id, ""}), ("chen", {CHEN.person_id})],
)
async def test_others_see_their_own_or_their_team_s(suite: Suite, subject: str, seen: set[str]) -> None:
    await suite.told(a_life().assign(ANNA), a_life().assign(BO), a_life().assign(CHEN), a_life())

    answer = await suite.funnel(subject, group_by=pb.FUNNEL_GROUPING_REP)

    assert {row.group for row in answer.rows} == seen
    assert answer.total.received == len(seen)


async def test_span_zone_and_state_of_knowledge_travel_with_the_request(suite: Suite) -> None:
    midnight = MONDAY - timedelta(hours=9)
    await suite.told(Life(at=midnight - HOUR).receive(), Life(at=midnight).receive().assign(ANNA))
    request = pb.GetFunnelRequest(
        group_by=pb.FUNNEL_GROUPING_DAY, to=timestamp_of(MONDAY), known_at=timestamp_of(midnight + HOUR)
    )
    getattr(request, "from").FromDatetime(midnight)

    answer = await suite.stub.GetFunnel(request, metadata=suite.issuer.person_metadata("dir", TENANT))

    assert list(answer.rows) == [pb.FunnelRow(group="2026-03-09", received=1)]


async def test_a_role_without_the_permission_is_refused(suite: Suite) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await suite.funnel("law")

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_span_that_ends_before_it_begins_is_an_invalid_argument(suite: Suite) -> None:
    request = pb.GetFunnelRequest(to=timestamp_of(MONDAY - HOUR))
    getattr(request, "from").FromDatetime(MONDAY)

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await suite.stub.GetFunnel(request, metadata=suite.issuer.person_metadata("dir", TENANT))

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_service_asks_on_behalf_of_a_tenant(suite: Suite) -> None:
    await suite.told(a_life().assign(ANNA))

    answer = await suite.stub.GetFunnel(
        pb.GetFunnelRequest(), metadata=suite.issuer.service_metadata("gateway", TENANT)
    )

    assert [row.received for row in answer.rows] == [1]


async def test_nobody_calls_without_a_token(suite: Suite) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await suite.stub.GetFunnel(pb.GetFunnelRequest())

    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
