"""One answer from several owners, each of which may fail alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.authentication import Authentication
from chassis.authorization import Authorizer
from chassis.directory import Caller
from chassis.errors import Forbidden
from chassis.ids import PersonId, TenantId, new_id
from gateway.adapters.grpc.upstream import GrpcUpstream
from gateway.adapters.http.app import application
from gateway.adapters.http.callers import Callers
from gateway.adapters.http.front import Front
from gateway.adapters.http.rate_limits import RateLimits, Rates
from gateway.adapters.http.routes.workbench import workbench_routes
from gateway.adapters.http.transcoder import Transcoder
from gateway.adapters.workbench_parts import WorkbenchParts
from gateway.application.compose_workbench import ComposeWorkbench, Content, Part
from throughline.lead_router.v1 import lead_pb2

from ...asgi import Client
from ...suite_double import PLENTY, TABLE, SuiteDouble, a_suite

PERSON = PersonId(new_id())


class Director:
    """Every subject is one director."""

    async def find_caller(self, tenant_id: TenantId, subject: str) -> Caller | None:
        return Caller(PERSON, None, frozenset(), frozenset({"director"}))


@pytest.fixture
async def suite() -> AsyncIterator[SuiteDouble]:
    async with a_suite() as running:
        yield running


def gateway_of(suite: SuiteDouble) -> Client:
    upstream = GrpcUpstream(suite.channels)
    callers = Callers(Authentication(suite.verifier, Director()), Authorizer.load())
    routers = [workbench_routes(ComposeWorkbench(WorkbenchParts(upstream, TABLE).all), callers)]
    front = Front(
        application(TABLE, Transcoder(upstream), routers), suite.verifier, RateLimits(Rates(PLENTY, PLENTY, PLENTY))
    )
    return Client(front, {"authorization": f"Bearer {suite.token()}"})


async def _nothing(_: str) -> Content:
    return {"count": 0}


async def _forbidden(_: str) -> Content:
    raise Forbidden("lead.read")


async def _slow(_: str) -> Content:
    await asyncio.Event().wait()  # for ever
    raise AssertionError


async def test_a_part_that_is_slow_or_refused_says_so_and_the_others_stand() -> None:
    compose = ComposeWorkbench({"there": _nothing, "refused": _forbidden, "slow": _slow}, patience_s=0.01)

    assert await compose("p1") == {
        "there": Part({"count": 0}),
        "refused": Part(None, "FORBIDDEN"),
        "slow": Part(None, "UNREACHABLE"),
    }


async def test_the_workbench_shows_what_can_be_had_as_the_caller(suite: SuiteDouble) -> None:
    answer = await gateway_of(suite).send("GET", "/v1/workbench")

    assert answer.status == 200
    touch, assign = answer.json["leads_to_touch"], answer.json["leads_to_assign"]
    assert [lead["lead_id"] for lead in touch["leads"]] == [suite.leads.lead.lead_id]
    assert (touch["is_available"], touch["count"], touch["is_cut"]) == (True, 1, True)
    assert assign["is_available"]
    assert answer.json["own"] == {"is_available": False, "reason": "UNREACHABLE"}
    assert answer.json["opportunities_at_a_gate"] == {"is_available": False, "reason": "UNREACHABLE"}
    asked = {tuple(request.states): request for _, request in suite.leads.seen}
    assert asked[(lead_pb2.LEAD_STATE_ASSIGNED,)].owner_id == PERSON


async def test_a_lead_that_was_touched_waits_for_no_first_touch(suite: SuiteDouble) -> None:
    suite.leads.lead.first_touched_at.GetCurrentTime()

    answer = await gateway_of(suite).send("GET", "/v1/workbench")

    assert (answer.json["leads_to_touch"]["leads"], answer.json["leads_to_touch"]["count"]) == ([], 0)
