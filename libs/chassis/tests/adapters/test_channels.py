"""Calling another service: what goes along with a call, and what its failures become."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from chassis import deadlines, errors, telemetry
from chassis.channels import Channels, service_config
from chassis.context import Principal, RequestContext, bind
from chassis.ids import PersonId, TenantId
from chassis.service_tokens import ServiceTokens
from throughline.collab.v1.directory_service_pb2 import GetMeRequest
from throughline.collab.v1.directory_service_pb2_grpc import DirectoryServiceStub
from throughline.lead_router.v1 import lead_service_pb2 as leads
from throughline.lead_router.v1.lead_service_pb2_grpc import LeadServiceStub
from throughline.pipeline.v1.activity_service_pb2 import CHANNEL_PHONE, FindFollowUpSinceRequest, RecordFollowUpRequest
from throughline.pipeline.v1.activity_service_pb2_grpc import ActivityServiceStub

from ..servers import Running, a_server, until
from ..tokens import TENANT, TestIssuer

ISSUER = TestIssuer("gateway", services=True)
LEAD = "01939a3e-1381-7345-8678-138123456789"


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with a_server(issuer=ISSUER) as server:
        yield server


@asynccontextmanager
async def channels_to(address: str, service: str = "lead-router", **options: Any) -> AsyncIterator[Channels]:
    def answer(_: httpx.Request) -> httpx.Response:
        token = ISSUER.token(sub=f"service:{service}", tenant=None)
        return httpx.Response(200, json={"access_token": token, "expires_in": 600})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    tokens = ServiceTokens("https://id.example/token", service, "secret", http)
    async with Channels({"pipeline": address}, tokens=tokens, **options) as channels:
        yield channels


def a_person(locale: str = "en", origin: str = "") -> RequestContext:
    principal = Principal("person", "u-1", TenantId(TENANT), frozenset({"rep"}), PersonId("p1"))
    return RequestContext(principal, TenantId(TENANT), "m", locale=locale, token=ISSUER.token(), origin=origin)


def an_event() -> RequestContext:
    principal = Principal("service", "service:lead-router", None, frozenset({"service"}))
    return RequestContext(principal, TenantId(TENANT), "lead-router.follow_ups")


def a_question() -> FindFollowUpSinceRequest:
    request = FindFollowUpSinceRequest(lead_id=LEAD)
    request.since.GetCurrentTime()
    return request


def a_follow_up(request_id: str = "") -> RecordFollowUpRequest:
    request = RecordFollowUpRequest(lead_id=LEAD, request_id=request_id, summary="rang back", channel=CHANNEL_PHONE)
    request.occurred_at.GetCurrentTime()
    return request


async def test_a_persons_call_goes_on_with_the_persons_token_language_and_trace(running: Running) -> None:
    recorded = telemetry.record_for_tests()
    async with channels_to(running.address) as channels:
        with telemetry.tracer.start_as_current_span("request"), bind(a_person()):
            await DirectoryServiceStub(channels.to("pipeline")).GetMe(GetMeRequest())

    (seen,) = running.behaviour.seen
    assert (seen.principal.actor, seen.tenant_id, seen.locale) == ("person:p1", TENANT, "en")
    spans = {span.kind.name: span for span in recorded.spans.get_finished_spans()}
    assert spans["SERVER"].parent is not None
    assert spans["CLIENT"].context is not None
    assert spans["SERVER"].parent.span_id == spans["CLIENT"].context.span_id
    assert len({span.context.trace_id for span in spans.values() if span.context}) == 1


async def test_an_events_call_uses_the_services_own_token_for_the_events_tenant(running: Running) -> None:
    async with channels_to(running.address) as channels:
        with bind(an_event()):
            await ActivityServiceStub(channels.to("pipeline")).FindFollowUpSince(a_question())

    (seen,) = running.behaviour.seen
    assert (seen.principal.actor, seen.tenant_id) == ("service:lead-router", TENANT)


async def test_an_internal_method_is_called_with_the_services_own_token_also_for_a_person(running: Running) -> None:
    async with channels_to(running.address) as channels:
        with bind(a_person()):
            await ActivityServiceStub(channels.to("pipeline")).FindFollowUpSince(a_question())

    (seen,) = running.behaviour.seen
    assert (seen.principal.kind, seen.tenant_id) == ("service", TENANT)


async def test_metadata_that_the_caller_sets_stays(running: Running) -> None:
    async with channels_to(running.address) as channels:
        await DirectoryServiceStub(channels.to("pipeline")).GetMe(
            GetMeRequest(), metadata=(("authorization", f"Bearer {ISSUER.token()}"), ("accept-language", "en"))
        )

    assert running.behaviour.seen[0].principal.kind == "person"
    assert running.behaviour.seen[0].locale == "en"


async def test_the_gateway_vouches_for_the_address_of_its_caller(running: Running) -> None:
    async with channels_to(running.address, service="gateway", forwards=True) as channels:
        with bind(a_person(origin="203.0.113.9")):
            await DirectoryServiceStub(channels.to("pipeline")).GetMe(GetMeRequest())
    async with channels_to(running.address) as channels:
        with bind(a_person(origin="203.0.113.9")):
            await DirectoryServiceStub(channels.to("pipeline")).GetMe(GetMeRequest())

    assert [seen.origin for seen in running.behaviour.seen] == ["203.0.113.9", "127.0.0.1"]


async def test_failures_are_domain_errors(running: Running) -> None:
    running.behaviour.fail_with(errors.NotFound("lead", "l1"))
    async with channels_to(running.address) as channels:
        with bind(a_person()), pytest.raises(errors.NotFound, match="No lead l1") as refusal:
            await DirectoryServiceStub(channels.to("pipeline")).GetMe(GetMeRequest())

    assert refusal.value.metadata == {"kind": "lead", "id": "l1"}


async def test_a_service_that_is_not_there_is_unreachable_by_its_name(free_port: Any) -> None:
    async with channels_to(f"127.0.0.1:{free_port()}") as channels:
        with bind(a_person()), pytest.raises(errors.Unreachable) as refusal:
            await DirectoryServiceStub(channels.to("pipeline")).GetMe(GetMeRequest())

    assert refusal.value.metadata == {"dependency": "pipeline"}


async def test_no_call_is_without_deadline_and_none_outlasts_the_running_request(running: Running) -> None:
    left: list[float | None] = []

    async def look() -> None:
        left.append(deadlines.remaining_s())

    running.behaviour.act = look
    async with channels_to(running.address) as channels:
        stub = DirectoryServiceStub(channels.to("pipeline"))
        with bind(a_person()):
            await stub.GetMe(GetMeRequest())
            await stub.GetMe(GetMeRequest(), timeout=2)
            with deadlines.limited(1):
                await stub.GetMe(GetMeRequest())
            with deadlines.limited(0), pytest.raises(errors.DeadlineExceeded):
                await stub.GetMe(GetMeRequest())

    # The wire rounds a timeout up to whole units of time.
    limits = [limit or 0 for limit in left]
    assert 4 < limits[0] <= 5.1
    assert 1 < limits[1] <= 2.1
    assert 0 < limits[2] <= 1.1
    assert len(limits) == 3


async def test_a_slow_answer_is_a_deadline_exceeded_and_counts_as_unreachable(running: Running) -> None:
    async def dawdle() -> None:
        await asyncio.Event().wait()

    running.behaviour.act = dawdle
    async with channels_to(running.address) as channels:
        with bind(a_person()), pytest.raises(errors.Unreachable) as refusal:
            await DirectoryServiceStub(channels.to("pipeline")).GetMe(GetMeRequest(), timeout=0.2)

    assert refusal.value.reason == "DEADLINE_EXCEEDED"


async def test_a_question_is_asked_three_times_before_it_fails(running: Running) -> None:
    running.behaviour.fail_with(errors.Unreachable("database"))
    async with channels_to(running.address) as channels:
        with bind(a_person()), pytest.raises(errors.Unreachable):
            await DirectoryServiceStub(channels.to("pipeline")).GetMe(GetMeRequest())

    assert len(running.behaviour.seen) == 3


async def test_a_command_is_repeated_under_one_key_which_it_gets_if_it_has_none(running: Running) -> None:
    running.behaviour.fail_with(errors.Unreachable("database"))
    async with channels_to(running.address) as channels:
        stub = ActivityServiceStub(channels.to("pipeline"))
        sent = a_follow_up()
        with bind(a_person()):
            for request in (sent, a_follow_up("mine")):
                with pytest.raises(errors.Unreachable):
                    await stub.RecordFollowUp(request)

    keys = [seen.request_id for seen in running.behaviour.seen]
    assert len(keys) == 6
    assert len(set(keys[:3])) == 1
    assert keys[0]
    assert set(keys[3:]) == {"mine"}
    assert sent.request_id == ""


async def test_what_a_repeat_may_do_twice_is_in_no_retry_policy() -> None:
    config: Any = service_config()
    (policy,) = config["methodConfig"]
    names = {f"{name['service']}/{name['method']}" for name in policy["name"]}

    assert "throughline.lead_router.v1.LeadService/SubmitLead" in names
    assert "throughline.lead_router.v1.LeadService/SubmitLeads" not in names
    assert "throughline.operations.v1.OperationsService/MoveClock" not in names


async def test_streams_work_in_both_directions_and_fail_with_domain_errors(running: Running) -> None:
    message = leads.SubmitLeadsRequest(request_id="a")
    message.submission.origin.source = "website"
    async with channels_to(running.address) as channels:
        stub = LeadServiceStub(channels.to("pipeline"))
        with bind(a_person()):
            by_iterator = await stub.SubmitLeads(iter([message, message]))
            writing = stub.SubmitLeads()
            await writing.write(message)
            await writing.done_writing()
            by_writing = await writing
            watched = [answer async for answer in stub.WatchLeadHeat(leads.WatchLeadHeatRequest())]
            running.behaviour.fail_with(errors.Forbidden("lead.submit"))
            with pytest.raises(errors.Forbidden):
                await stub.SubmitLeads(iter([message]))
            with pytest.raises(errors.Forbidden):
                [answer async for answer in stub.WatchLeadHeat(leads.WatchLeadHeatRequest())]

    assert (by_iterator.created, by_writing.created, len(watched)) == (2, 1, 2)


async def test_a_stream_that_is_left_early_is_cancelled_at_the_server(running: Running) -> None:
    ended = asyncio.Event()

    async def dawdle() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    running.behaviour.act = dawdle
    async with channels_to(running.address) as channels:
        with bind(a_person()):
            call = LeadServiceStub(channels.to("pipeline")).WatchLeadHeat(leads.WatchLeadHeatRequest())
            await call.read()
            await until(lambda: bool(running.behaviour.seen))
            call.cancel()
            await asyncio.wait_for(ended.wait(), 5)


async def test_a_peer_without_address_is_a_fault_of_wiring() -> None:
    async with Channels({"collab": "127.0.0.1:1"}) as channels:
        with pytest.raises(LookupError, match=r"PEERS names \['collab'\]"):
            channels.to("pipeline")
        assert channels.to("collab") is channels.to("collab")
