"""REST in, gRPC out, over a real channel to a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from chassis import errors
from chassis.ids import new_id
from gateway.adapters.http.transcoder import BodyLimits
from throughline.lead_router.v1 import lead_service_pb2 as leads

from ...suite_double import PICTURE, SuiteDouble, a_suite

LEAD: dict[str, Any] = {"submission": {"origin": {"source": "expo"}, "identity": {"company": "杭州第一人民医院"}}}
LINES = "application/x-ndjson"


@pytest.fixture
async def suite() -> AsyncIterator[SuiteDouble]:
    async with a_suite() as running:
        yield running


def a_line(key: str = "k1") -> bytes:
    return json.dumps({**LEAD, "request_id": key}).encode() + b"\n"


async def test_a_lead_is_submitted_and_comes_back_as_our_json(suite: SuiteDouble) -> None:
    answer = await suite.client.send("POST", "/v1/leads", LEAD, idempotency_key="key-1")

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["etag"] == '"3"'
    assert answer.json["outcome"] == "CREATED"
    assert answer.json["lead"]["version"] == "3"
    assert answer.json["lead"]["state"] == "ASSIGNED"
    _, request = suite.leads.seen[0]
    assert request.request_id == "key-1"
    assert request.submission.identity.company == "杭州第一人民医院"


async def test_the_owner_sees_the_callers_token_address_and_language(suite: SuiteDouble) -> None:
    await suite.client.send("GET", f"/v1/leads/{new_id()}", accept_language="en-GB,en;q=0.9")

    context, _ = suite.leads.seen[0]
    assert context.principal.subject == "u-1"
    assert context.origin == "192.0.2.7"
    assert context.locale == "en"


async def test_reading_under_the_tag_of_what_was_read_is_not_modified(suite: SuiteDouble) -> None:
    first = await suite.client.send("GET", f"/v1/leads/{suite.leads.lead.lead_id}")

    again = await suite.client.send("GET", f"/v1/leads/{suite.leads.lead.lead_id}", if_none_match=first.headers["etag"])

    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


async def test_what_changed_without_a_new_version_is_sent_again(suite: SuiteDouble) -> None:
    first = await suite.client.send("GET", f"/v1/leads/{suite.leads.lead.lead_id}")
    suite.leads.lead.touches = 2

    again = await suite.client.send("GET", f"/v1/leads/{suite.leads.lead.lead_id}", if_none_match=first.headers["etag"])

    assert again.status == 200


async def test_the_tag_of_a_reading_is_good_for_a_change(suite: SuiteDouble) -> None:
    read = await suite.client.send("GET", f"/v1/leads/{suite.leads.lead.lead_id}")
    change = {"rep_id": new_id(), "reason": "knows them"}

    answer = await suite.client.send(
        "POST", f"/v1/leads/{suite.leads.lead.lead_id}:override", change, if_match=read.headers["etag"]
    )

    assert answer.status == 200
    assert suite.leads.seen[-1][1].version == 3


async def test_a_change_without_a_version_is_told_to_bring_one(suite: SuiteDouble) -> None:
    answer = await suite.client.send(
        "POST", f"/v1/leads/{new_id()}:override", {"rep_id": new_id(), "reason": "knows them"}
    )

    assert answer.status == 428
    assert answer.json["reason"] == "VERSION_REQUIRED"


async def test_a_page_links_to_the_next_one_with_the_same_filter(suite: SuiteDouble) -> None:
    page = await suite.client.send("GET", "/v1/leads?states=WAITING&page_token=")
    target = page.headers["link"].partition("<")[2].partition(">")[0]

    last = await suite.client.send("GET", target)

    assert target == "/v1/leads?states=WAITING&page_token=t%3D2%26x"
    assert "link" not in last.headers
    assert suite.leads.seen[-1][1].page_token == "t=2&x"


async def test_a_file_is_sent_as_it_is_under_the_type_of_its_ending(suite: SuiteDouble) -> None:
    answer = await suite.client.send("GET", f"/v1/lead-models/{new_id()}/report.png")

    assert (answer.status, answer.body) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_head_tells_the_length_of_a_body_that_it_leaves_out(suite: SuiteDouble) -> None:
    read = await suite.client.send("GET", f"/v1/leads/{suite.leads.lead.lead_id}")

    head = await suite.client.send("HEAD", f"/v1/leads/{suite.leads.lead.lead_id}")

    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(read.body))


@pytest.mark.parametrize(
    ("error", "status", "reason", "headers"),
    [
        (errors.NotFound("lead", "l1"), 404, "NOT_FOUND", {}),
        (errors.Stale("lead", "l1", 4), 412, "STALE_VERSION", {}),
        (errors.AlreadyExists("lead", "l1"), 409, "ALREADY_EXISTS", {}),
        (errors.InFlight("k"), 409, "IN_FLIGHT", {}),
        (errors.KeyReused("k"), 422, "KEY_REUSED", {}),
        (errors.Refused("no"), 409, "REFUSED", {}),
        (errors.Forbidden("lead.submit"), 403, "FORBIDDEN", {}),
        (errors.Exhausted(2.5), 429, "EXHAUSTED", {"retry-after": "3"}),
        (errors.Unreachable("PostgreSQL", 4), 503, "UNREACHABLE", {"retry-after": "4"}),
        (errors.DeadlineExceeded("pipeline"), 504, "DEADLINE_EXCEEDED", {}),
        (RuntimeError("select * from secrets"), 500, "INTERNAL", {}),
    ],
)
async def test_what_a_service_raises_reaches_the_client_as_a_problem(
    suite: SuiteDouble, error: Exception, status: int, reason: str, headers: dict[str, str]
) -> None:
    suite.leads.error = error

    answer = await suite.client.send("POST", "/v1/leads", LEAD, idempotency_key="k")

    assert (answer.status, answer.json["reason"]) == (status, reason)
    assert answer.headers["content-type"] == "application/problem+json"
    assert headers.items() <= answer.headers.items()
    assert "secrets" not in answer.body.decode()


async def test_violations_of_the_contract_come_with_the_paths_of_the_json(suite: SuiteDouble) -> None:
    answer = await suite.client.send("POST", "/v1/leads", {"submission": {"origin": {}, "message": "x" * 4001}})

    assert answer.status == 400
    assert {fault["field"]: fault["reason"] for fault in answer.json["violations"]} == {
        "submission.origin.source": "string.min_len",
        "submission.message": "string.max_len",
    }


async def test_a_service_that_is_away_is_unavailable(suite: SuiteDouble) -> None:
    answer = await suite.client.send("GET", "/v1/me")

    assert (answer.status, answer.json["metadata"]) == (503, {"dependency": "collab"})


async def test_operations_go_to_the_service_that_the_path_names() -> None:
    async with a_suite("admin") as suite:
        answer = await suite.client.send("GET", "/v1/operations/lead-router/quiescence")
        unknown = await suite.client.send("GET", "/v1/operations/mainframe/quiescence")

    assert answer.json["progress"] == str(2**60)
    assert (unknown.status, unknown.json["metadata"]) == (404, {"kind": "service", "id": "mainframe"})


async def test_a_late_service_is_a_timeout(suite: SuiteDouble) -> None:
    hasty = suite.serve(timeout_s=0.0)

    answer = await hasty.send("GET", f"/v1/leads/{new_id()}")

    assert (answer.status, answer.json["reason"]) == (504, "DEADLINE_EXCEEDED")


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{}", ""), (b"{}", "text/plain"), (b"<a/>", "application/xml"), (b"{}", "application/json; charset=gbk")],
)
async def test_a_body_of_another_type_is_refused(suite: SuiteDouble, body: bytes, kind: str) -> None:
    answer = await suite.client.send("POST", "/v1/leads", body=body, content_type=kind)

    assert answer.status == 415
    assert answer.json["metadata"] == {"expected": "application/json"}


async def test_a_compressed_body_is_refused(suite: SuiteDouble) -> None:
    answer = await suite.client.send(
        "POST", "/v1/leads", body=b"{}", content_type="application/json", content_encoding="gzip"
    )

    assert answer.status == 415


async def test_malformed_json_is_refused_with_its_place(suite: SuiteDouble) -> None:
    answer = await suite.client.send(
        "POST", "/v1/leads", body=b'{"submission":\n tru}', content_type="application/json; charset=utf-8"
    )

    assert answer.status == 400
    assert answer.json["violations"] == [
        {"field": "", "reason": "json.malformed", "message": "expecting value at line 2, column 2"}
    ]


async def test_a_body_over_the_limit_is_refused_while_it_comes_in(suite: SuiteDouble) -> None:
    client = suite.serve(body_limits=BodyLimits(body=1000))

    announced = await client.send(
        "POST", "/v1/leads", body=b"x", content_length="1001", content_type="application/json"
    )
    chunked = await client.send("POST", "/v1/leads", body=[b"x" * 400] * 4, content_type="application/json")

    assert announced.status == chunked.status == 413
    assert chunked.json["metadata"] == {"limit_bytes": "1000"}


@pytest.mark.parametrize("query", ["a", "%ff=1", "&".join(f"a{n}=1" for n in range(300))])
async def test_a_malformed_query_is_refused(suite: SuiteDouble, query: str) -> None:
    answer = await suite.client.send("GET", f"/v1/leads?{query}")

    assert (answer.status, answer.json["violations"][0]["reason"]) == (400, "query.malformed")


async def test_a_stream_of_leads_is_read_line_by_line_whatever_the_chunks_are(suite: SuiteDouble) -> None:
    text = a_line("k1") + b"\n  \n" + a_line("k2") + a_line("k3").rstrip()
    chunks = [text[place : place + 7] for place in range(0, len(text), 7)]

    answer = await suite.client.send("POST", "/v1/leads:stream", body=chunks, content_type=LINES)

    assert answer.json["created"] == 3
    assert [request.request_id for _, request in suite.leads.seen[1:]] == ["k1", "k2", "k3"]


async def test_a_bad_line_ends_a_stream_and_is_named_by_its_number(suite: SuiteDouble) -> None:
    text = a_line() + b'\n{"submission": {"origin": 1}}\n' + a_line()

    answer = await suite.client.send("POST", "/v1/leads:stream", body=text, content_type=LINES)

    assert answer.status == 400
    assert answer.json["violations"][0]["field"] == "lines[3].submission.origin"


async def test_a_malformed_line_is_named_by_its_number(suite: SuiteDouble) -> None:
    answer = await suite.client.send("POST", "/v1/leads:stream", body=a_line() + b"{]\n", content_type=LINES)

    assert answer.json["violations"][0]["message"].endswith("at line 2, column 2")


async def test_a_line_without_end_is_refused(suite: SuiteDouble) -> None:
    client = suite.serve(body_limits=BodyLimits(line=1000))

    answer = await client.send("POST", "/v1/leads:stream", body=[b"x" * 300] * 5, content_type=LINES)

    assert answer.status == 413


async def test_a_stream_that_the_service_refuses_is_a_problem(suite: SuiteDouble) -> None:
    suite.leads.error = errors.Refused("no")

    answer = await suite.client.send("POST", "/v1/leads:stream", body=[a_line()] * 50, content_type=LINES)

    assert (answer.status, answer.json["reason"]) == (409, "REFUSED")


async def test_a_stream_of_another_type_is_refused(suite: SuiteDouble) -> None:
    answer = await suite.client.send("POST", "/v1/leads:stream", body=a_line(), content_type="application/json")

    assert answer.status == 415


async def test_a_stream_of_answers_is_sent_as_events_until_the_client_leaves(suite: SuiteDouble) -> None:
    async with suite.client.open("/v1/leads:heat?hours=2") as stream:
        await suite.leads.heat.put(leads.WatchLeadHeatResponse(cells=[leads.HeatCell(region="浙江", leads=5)]))
        status, headers = await stream.start()
        event = await stream.event()

    await asyncio.wait_for(suite.leads.has_left.wait(), 5)
    assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert event["event"] == "message"
    assert json.loads(event["data"])["cells"][0]["leads"] == "5"
    assert suite.leads.seen[0][1].hours == 2


async def test_a_stream_of_answers_that_fails_at_once_is_a_problem(suite: SuiteDouble) -> None:
    await suite.leads.heat.put(errors.Refused("no"))

    async with suite.client.open("/v1/leads:heat") as stream:
        status, headers = await stream.start()

    assert (status, headers["content-type"]) == (409, "application/problem+json")


async def test_a_stream_of_answers_that_fails_later_tells_so_in_the_stream(suite: SuiteDouble) -> None:
    await suite.leads.heat.put(leads.WatchLeadHeatResponse())
    await suite.leads.heat.put(errors.Refused("no"))

    async with suite.client.open("/v1/leads:heat") as stream:
        status, _ = await stream.start()
        first, second = await stream.event(), await stream.event()
        end = await stream.part()

    assert (status, first["event"], second["event"], end) == (200, "message", "problem", b"")
    assert json.loads(second["data"])["reason"] == "REFUSED"
