"""The server as its callers meet it: over a real connection."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
import pytest
import structlog
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from sqlalchemy.exc import DBAPIError

from chassis import errors, logs, telemetry
from chassis.error_mapping import FIXED_SENTENCE, from_rpc_error
from chassis.errors import ThroughlineError, Violation
from throughline.collab.v1 import directory_service_pb2 as directory
from throughline.collab.v1 import directory_service_pb2_grpc as directory_grpc
from throughline.lead_router.v1 import lead_service_pb2 as leads
from throughline.lead_router.v1 import lead_service_pb2_grpc as leads_grpc
from throughline.operations.v1 import operations_pb2 as operations
from throughline.operations.v1 import operations_pb2_grpc as operations_grpc

from ..calls import a_submission, get_me, refusal_of, submit
from ..servers import Directories, Running, a_server
from ..tokens import TENANT

GET_ME = "/throughline.collab.v1.DirectoryService/GetMe"


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with a_server() as server:
        yield server


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    logs.configure("test", "info", stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


class Stale7(errors.Stale):
    def __init__(self) -> None:
        super().__init__("lead", "l1", 7)


ERRORS = [
    (errors.Invalid([Violation("a", "r", "m"), Violation("b", "r", "m")]), grpc.StatusCode.INVALID_ARGUMENT),
    (errors.NotFound("lead", "l1"), grpc.StatusCode.NOT_FOUND),
    (errors.AlreadyExists("lead", "l1"), grpc.StatusCode.ALREADY_EXISTS),
    (Stale7(), grpc.StatusCode.ABORTED),
    (errors.NotInThisProfile("MoveClock"), grpc.StatusCode.FAILED_PRECONDITION),
    (errors.Unreachable("pipeline", 2.0), grpc.StatusCode.UNAVAILABLE),
    (errors.DeadlineExceeded(), grpc.StatusCode.DEADLINE_EXCEEDED),
    (errors.Unauthenticated("no token"), grpc.StatusCode.UNAUTHENTICATED),
    (errors.PersonUnknown("u-1"), grpc.StatusCode.UNAUTHENTICATED),
    (errors.Forbidden("lead.read"), grpc.StatusCode.PERMISSION_DENIED),
    (errors.InFlight("k"), grpc.StatusCode.ABORTED),
    (errors.KeyReused("k"), grpc.StatusCode.INVALID_ARGUMENT),
    (errors.Exhausted(0.5), grpc.StatusCode.RESOURCE_EXHAUSTED),
]


@pytest.mark.parametrize(("error", "code"), ERRORS, ids=lambda value: getattr(value, "reason", ""))
async def test_every_error_crosses_the_wire_with_status_details_and_both_languages(
    running: Running, error: ThroughlineError, code: grpc.StatusCode
) -> None:
    running.behaviour.fail_with(error)

    english = await refusal_of(get_me(running, accept_language="en-US,en;q=0.9"))
    chinese = await refusal_of(get_me(running))

    assert english.code() is chinese.code() is code
    back = from_rpc_error(english, "collab")
    assert (back.reason, back.metadata, str(back)) == (error.reason, error.metadata, str(error))
    assert vars(back).get("violations") == vars(error).get("violations")
    assert (localized(english).locale, localized(chinese).locale) == ("en", "zh-CN")
    assert localized(english).message != localized(chinese).message


def localized(refusal: grpc.aio.AioRpcError) -> error_details_pb2.LocalizedMessage:
    status = rpc_status.from_call(refusal)  # type: ignore[arg-type]  # it takes this error too, its stub does not say so
    assert status is not None
    found = error_details_pb2.LocalizedMessage()
    assert any(detail.Unpack(found) for detail in status.details)
    return found


@pytest.mark.parametrize(
    "fault",
    [RuntimeError("hunter2"), ValueError("hunter2"), KeyError("hunter2"), AssertionError("hunter2")],
)
async def test_a_bug_leaks_nothing_and_is_logged_with_its_trace(
    running: Running, logged: io.StringIO, fault: Exception
) -> None:
    telemetry.record_for_tests()
    running.behaviour.fail_with(fault)

    refusal = await refusal_of(get_me(running))

    assert (refusal.code(), refusal.details()) == (grpc.StatusCode.INTERNAL, FIXED_SENTENCE)
    assert "hunter2" not in str(refusal)
    (line,) = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert (line["event"], line["method"]) == ("call_failed", GET_ME)
    assert type(fault).__name__ in line["exception"]
    assert len(line["trace_id"]) == 32


class Deadlock(Exception):
    """As the driver tells of one."""

    sqlstate = "40P01"


@pytest.mark.parametrize(("conflicts", "code"), [(2, None), (9, grpc.StatusCode.UNAVAILABLE)])
async def test_a_call_whose_transaction_was_in_anothers_way_is_repeated_a_few_times(
    running: Running, conflicts: int, code: grpc.StatusCode | None
) -> None:
    left = iter(range(conflicts))

    async def act() -> None:
        if next(left, None) is not None:
            raise DBAPIError("UPDATE", {}, Deadlock())

    running.behaviour.act = act

    refused = await refusal_of(get_me(running)) if code else None
    answered = None if code else await get_me(running)

    assert (refused and refused.code()) is code
    assert bool(answered) is (code is None)
    assert len(running.behaviour.seen) == 3


async def test_a_bug_in_a_stream_leaks_nothing_either(running: Running, logged: io.StringIO) -> None:
    running.behaviour.fail_with(RuntimeError("hunter2"))
    stub = leads_grpc.LeadServiceStub(running.channel)
    call = stub.WatchLeadHeat(leads.WatchLeadHeatRequest(), metadata=running.metadata(), timeout=5)

    first = await call.read()
    refusal = await refusal_of(call.read())

    assert isinstance(first, leads.WatchLeadHeatResponse)
    assert (refusal.code(), refusal.details()) == (grpc.StatusCode.INTERNAL, FIXED_SENTENCE)
    assert "call_failed" in logged.getvalue()


async def test_a_servicer_that_aborts_by_itself_is_left_alone(running: Running) -> None:
    class Aborting(Directories):
        async def GetMe(self, request: Any, context: Any) -> directory.GetMeResponse:  # noqa: N802
            await context.abort(grpc.StatusCode.DATA_LOSS, "said so")
            raise AssertionError

    aborting: Any = Aborting
    async with a_server(instead=aborting(running.behaviour)) as other:
        refusal = await refusal_of(get_me(other))

    assert (refusal.code(), refusal.details()) == (grpc.StatusCode.DATA_LOSS, "said so")


async def test_a_method_that_no_servicer_answers_is_unimplemented(running: Running) -> None:
    unknown: Any = running.channel.unary_unary("/throughline.collab.v1.DirectoryService/Nothing")

    refusal = await refusal_of(unknown(b"", metadata=running.metadata(), timeout=5))

    assert refusal.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_all_faults_of_a_request_are_named_at_once(running: Running) -> None:
    request = directory.ImportDirectoryRequest(people=[directory.PersonRow(email="nobody")], request_id="x" * 201)
    request.people[0].roles.append("rep")
    async with a_server("admin") as admin:
        stub = directory_grpc.DirectoryServiceStub(admin.channel)

        refusal = await refusal_of(stub.ImportDirectory(request, metadata=admin.metadata(), timeout=5))

    error = from_rpc_error(refusal)
    assert isinstance(error, errors.Invalid)
    assert [fault.field for fault in error.violations] == [
        "people[0].employee_no",
        "people[0].name",
        "people[0].subject",
        "people[0].email",
        "people[0].team",
        "request_id",
    ]
    assert not running.behaviour.seen


@pytest.mark.parametrize("raw", [b"\x0a", b"\x0a\xff\xff\xff\xff\x0f", b"\xff" * 50, b"\x12\x05ab"])
async def test_bytes_that_are_no_message_are_the_callers_fault(running: Running, raw: bytes) -> None:
    method: Any = running.channel.unary_unary("/throughline.lead_router.v1.LeadService/SubmitLead")
    stream: Any = running.channel.stream_unary("/throughline.lead_router.v1.LeadService/SubmitLeads")

    one = await refusal_of(method(raw, metadata=running.metadata(), timeout=5))
    many = await refusal_of(stream([raw], metadata=running.metadata(), timeout=5))

    for refusal in (one, many):
        assert refusal.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "throughline.lead_router.v1.SubmitLeadRequest" in str(one.details())


async def test_messages_of_a_client_stream_are_checked_by_the_servicer(running: Running) -> None:
    stub = leads_grpc.LeadServiceStub(running.channel)
    good = leads.SubmitLeadsRequest(request_id="a", submission=a_submission().submission)

    answer = await stub.SubmitLeads(iter([good, good]), metadata=running.metadata(), timeout=5)
    refusal = await refusal_of(
        stub.SubmitLeads(iter([good, leads.SubmitLeadsRequest()]), metadata=running.metadata(), timeout=5)
    )

    assert answer.created == 2
    assert refusal.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer a.b.c", "token"])
async def test_nobody_passes_without_a_good_token(running: Running, header: str) -> None:
    stub = directory_grpc.DirectoryServiceStub(running.channel)
    metadata = (("authorization", header),) if header else ()

    refusal = await refusal_of(stub.GetMe(directory.GetMeRequest(), metadata=metadata, timeout=5))

    assert refusal.code() is grpc.StatusCode.UNAUTHENTICATED
    assert not running.behaviour.seen


async def test_a_role_without_the_permission_is_turned_away_before_validation() -> None:
    async with a_server("legal") as running:
        refusal = await refusal_of(submit(running, leads.SubmitLeadRequest()))

    assert refusal.code() is grpc.StatusCode.PERMISSION_DENIED
    assert from_rpc_error(refusal).metadata == {"permission": "lead.submit"}
    assert not running.behaviour.seen


async def test_the_request_is_bound_with_caller_tenant_key_hash_and_language(running: Running) -> None:
    await submit(running, a_submission("k1"), accept_language="en")
    await submit(running, a_submission("k2"))
    await submit(running, a_submission("k1", source="expo"))
    await submit(running, a_submission(), x_request_id="k3")
    await get_me(running, x_request_id="ignored for questions")

    first, second, other, by_header, question = running.behaviour.seen
    assert (first.principal.actor, first.tenant_id, first.locale) == ("person:p1", TENANT, "en")
    assert first.method == "/throughline.lead_router.v1.LeadService/SubmitLead"
    assert [seen.request_id for seen in running.behaviour.seen] == ["k1", "k2", "k1", "k3", ""]
    assert first.request_hash == second.request_hash == by_header.request_hash != other.request_hash
    assert question.request_hash == b""
    assert first.origin == "127.0.0.1"
    assert first.token


async def test_only_the_gateway_is_believed_about_the_callers_address(running: Running) -> None:
    await get_me(running, x_forwarded_for="203.0.113.9")
    await get_me(running, x_forwarded_for="203.0.113.9", x_forwarder_authorization=running.service_token("pipeline"))
    await get_me(
        running,
        x_forwarded_for="198.51.100.1, 203.0.113.9",
        x_forwarder_authorization=running.service_token("gateway"),
    )

    assert [seen.origin for seen in running.behaviour.seen] == ["127.0.0.1", "127.0.0.1", "203.0.113.9"]


async def test_a_service_calls_for_the_tenant_it_names(running: Running) -> None:
    stub = operations_grpc.OperationsServiceStub(running.channel)
    metadata = (("authorization", running.service_token()), ("x-tenant", TENANT))

    await stub.GetQuiescence(operations.GetQuiescenceRequest(service="collab"), metadata=metadata, timeout=5)

    (seen,) = running.behaviour.seen
    assert (seen.principal.actor, seen.tenant_id) == ("service:pipeline", TENANT)


async def test_the_callers_trace_goes_on_and_its_span_tells_how_the_call_ended(running: Running) -> None:
    recorded = telemetry.record_for_tests()
    with telemetry.tracer.start_as_current_span("caller") as caller:
        traceparent = telemetry.inject()
        await get_me(running, traceparent=traceparent)
        running.behaviour.fail_with(errors.Unreachable("pipeline"))
        await refusal_of(get_me(running, traceparent=traceparent))
        running.behaviour.fail_with(errors.NotFound("lead", "l1"))
        await refusal_of(get_me(running, traceparent=traceparent))

    good, down, missing = [span for span in recorded.spans.get_finished_spans() if span.name == GET_ME[1:]]
    assert good.parent is not None
    assert good.parent.span_id == caller.get_span_context().span_id
    ends = [(span.attributes or {})["rpc.response.status_code"] for span in (good, down, missing)]
    assert ends == ["OK", "UNAVAILABLE", "NOT_FOUND"]
    assert (down.attributes or {})["throughline.error.reason"] == "UNREACHABLE"
    assert (good.attributes or {})["throughline.tenant"] == TENANT
    assert (down.status.is_ok, missing.status.is_ok) == (False, True)


async def test_nothing_personal_from_a_request_reaches_logs_spans_or_metrics(
    running: Running, logged: io.StringIO
) -> None:
    recorded = telemetry.record_for_tests()
    canaries = {"phone": "13812345678", "email": "zhang.san@example.com", "person": "张三丰", "company": "canary-ltd"}
    request = a_submission()
    for field, canary in canaries.items():
        setattr(request.submission.identity, field, canary)

    for fault in (
        None,
        ValueError(str(request)),
        errors.Unreachable(canaries["email"]),
        RuntimeError(canaries["phone"]),
    ):
        running.behaviour.act = None
        if fault is not None:
            running.behaviour.fail_with(fault)
            await refusal_of(submit(running, request))
        else:
            await submit(running, request)
    request.submission.identity.phone = canaries["phone"] * 20
    await refusal_of(submit(running, request))

    metrics = recorded.metrics.get_metrics_data()
    spans = "".join(span.to_json() for span in recorded.spans.get_finished_spans())
    measured = metrics.to_json() if metrics else ""
    assert "rpc.server.call.duration" in measured
    assert len(recorded.spans.get_finished_spans()) == 5
    for canary in canaries.values():
        assert canary not in spans
        assert canary not in measured
    for canary in (canaries["phone"], canaries["email"]):
        assert canary not in logged.getvalue()


async def test_a_message_beyond_four_mebibytes_is_refused(running: Running) -> None:
    request = a_submission()
    request.submission.message = "x" * (4 * 1024 * 1024)

    refusal = await refusal_of(submit(running, request))

    assert refusal.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
