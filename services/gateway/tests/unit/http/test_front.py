"""What every exchange has in common."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from opentelemetry import trace

from chassis import errors, telemetry
from chassis.error_texts import LOCALES, catalogue
from chassis.ids import new_id
from gateway.adapters.http.app import application
from gateway.adapters.http.front import Front
from gateway.adapters.http.problem import TITLES, problem_of, status_of
from gateway.adapters.http.rate_limits import RateLimits, Rates
from gateway.domain.token_bucket import Rate
from gateway.issuer.issuer import BuiltInIssuer
from support.canaries import CANARIES, PLANTED, overheard

from ...asgi import Client
from ...suite_double import PLENTY, SECRET, TABLE, SuiteDouble, a_suite

FEW = Rate(1.0, 2)


@pytest.fixture
async def suite() -> AsyncIterator[SuiteDouble]:
    async with a_suite() as running:
        yield running


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def by_hand(suite: SuiteDouble) -> Client:
    router = APIRouter()

    @router.get("/v1/broken")
    async def broken(request: Request) -> Response:
        raise RuntimeError("select * from secrets")

    @router.post("/v1/leaking/{word}")
    async def leaking(request: Request, word: str) -> Response:
        raise RuntimeError(f"{word} {await request.body()!r} {request.headers}")

    @router.get("/v1/refused")
    async def refused(request: Request) -> Response:
        raise errors.Refused("no")

    @router.get("/v1/counted")
    async def counted(count: int) -> Response:
        return PlainTextResponse(str(count))

    async def never(*_: Any) -> None:
        raise AssertionError

    limits = RateLimits(Rates(PLENTY, PLENTY, PLENTY))
    front = Front(application(TABLE, never, [router]), suite.verifier, limits, is_https=True)  # type: ignore[arg-type]
    return Client(front, {"authorization": f"Bearer {suite.token()}"})


async def test_every_answer_has_security_headers_and_the_state_of_its_limit(suite: SuiteDouble) -> None:
    for target in (f"/v1/leads/{new_id()}", "/v1/nowhere"):
        answer = await suite.client.send("GET", target)

        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["ratelimit-limit"] == "1000"
        assert int(answer.headers["ratelimit-remaining"]) >= 998
        assert answer.headers["ratelimit-reset"] == "1"
        assert "server" not in answer.headers


async def test_an_answer_over_https_tells_browsers_to_stay_there(suite: SuiteDouble) -> None:
    assert "strict-transport-security" in (await by_hand(suite).send("GET", "/v1/counted?count=1")).headers


async def test_a_request_id_comes_back_and_a_bad_one_is_replaced(suite: SuiteDouble) -> None:
    kept = await suite.client.send("GET", "/v1/nowhere", x_request_id="r-17")
    replaced = await suite.client.send("GET", "/v1/nowhere", x_request_id="<script>")

    assert kept.headers["x-request-id"] == "r-17"
    assert len(replaced.headers["x-request-id"]) == 36


async def test_one_trace_goes_from_the_client_to_the_service(suite: SuiteDouble) -> None:
    recorded = telemetry.record_for_tests()
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    suite.leads.error = errors.Refused("no")

    answer = await suite.client.send("GET", f"/v1/leads/{new_id()}", traceparent=f"00-{trace_id}-b7ad6b7169203331-01")

    spans = {span.name: span for span in recorded.spans.get_finished_spans()}
    assert answer.json["trace_id"] == trace_id
    assert answer.headers["traceparent"].startswith(f"00-{trace_id}-")
    assert {trace.format_trace_id(span.context.trace_id) for span in spans.values() if span.context} == {trace_id}
    assert "GET /v1/leads/{lead_id}" in spans
    assert "throughline.lead_router.v1.LeadService/GetLead" in spans


async def test_without_a_token_nothing_is_called(suite: SuiteDouble) -> None:
    anonymous = Client(suite.client.application)

    answer = await anonymous.send("GET", f"/v1/leads/{new_id()}", accept_language="en")

    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="throughline"'
    assert answer.json["reason"] == "UNAUTHENTICATED"
    assert suite.leads.seen == []


async def test_a_token_of_somebody_else_is_called_invalid(suite: SuiteDouble) -> None:
    foreign = BuiltInIssuer("https://elsewhere.example", suite.issuer.key, {"operator": SECRET})
    token = foreign.for_person("operator", SECRET, new_id(), "u-1")

    answer = await suite.client.send("GET", f"/v1/leads/{new_id()}", authorization=f"Bearer {token}")

    assert answer.status == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_an_unknown_address_is_a_problem(suite: SuiteDouble) -> None:
    answer = await suite.client.send("GET", "/v1/nowhere/%E6%9D%AD")

    assert answer.status == 404
    assert answer.json["instance"] == "/v1/nowhere/%E6%9D%AD"
    assert answer.json["type"] == "/problems/not-found"


@pytest.mark.parametrize(("target", "allowed"), [("/v1/leads", "GET, HEAD, POST"), ("/v1/counted", "GET")])
async def test_another_method_is_told_which_ones_there_are(suite: SuiteDouble, target: str, allowed: str) -> None:
    answer = await by_hand(suite).send("DELETE", target)

    assert (answer.status, answer.json["reason"]) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == allowed


async def test_routes_written_by_hand_answer_with_the_same_problems(suite: SuiteDouble) -> None:
    client = by_hand(suite)

    broken = await client.send("GET", "/v1/broken")
    refused = await client.send("GET", "/v1/refused")
    invalid = await client.send("GET", "/v1/counted?count=many")

    assert (broken.status, broken.json["reason"]) == (500, "INTERNAL")
    assert "secrets" not in broken.body.decode()
    assert (refused.status, refused.json["reason"]) == (409, "REFUSED")
    assert (invalid.status, invalid.json["violations"][0]["field"]) == (400, "count")


@pytest.mark.parametrize(
    ("accepted", "title"),
    [("", "需要登录"), ("zh-TW", "需要登录"), ("fr, en;q=0.5, zh;q=0.2", "Not authenticated"), ("fr", "需要登录")],
)
async def test_a_problem_speaks_the_callers_language(suite: SuiteDouble, accepted: str, title: str) -> None:
    answer = await Client(suite.client.application).send("GET", "/v1/me", accept_language=accepted)

    assert answer.json["title"] == title


async def test_a_caller_over_the_limit_is_told_when_to_come_again(suite: SuiteDouble) -> None:
    clock = Clock()
    limited = Client(
        Front(by_hand(suite).application, suite.verifier, RateLimits(Rates(FEW, PLENTY, FEW), clock)),
        {"authorization": f"Bearer {suite.token()}"},
    )
    target = "/v1/counted?count=1"

    statuses = [(await limited.send("GET", target)).status for _ in range(2)]
    over = await limited.send("GET", target)
    other = await limited.send("GET", target, authorization=f"Bearer {suite.token('u-2')}")
    clock.now += 1.5
    later = await limited.send("GET", target)

    assert statuses == [200, 200]
    assert (over.status, over.json["reason"], over.headers["retry-after"]) == (429, "EXHAUSTED", "1")
    assert (over.headers["ratelimit-remaining"], over.headers["ratelimit-reset"]) == ("0", "2")
    assert (other.status, later.status) == (200, 200)


async def test_those_without_a_good_token_share_the_limit_of_their_address(suite: SuiteDouble) -> None:
    slow = Rate(0.001, 2)
    client = Client(suite.serve(rates=Rates(PLENTY, PLENTY, slow)).application)

    guesses = [(await client.send("GET", "/v1/me", authorization=f"Bearer {n}")).status for n in range(3)]
    elsewhere = await Client(client.application, address="192.0.2.8").send("GET", "/v1/me")

    assert guesses == [401, 401, 429]
    assert elsewhere.status == 401


def test_every_reason_of_the_catalogue_makes_a_problem_in_both_languages() -> None:
    for reason in catalogue():
        error = errors.Refused("said in English")
        error.reason = reason
        for locale in LOCALES:
            document = problem_of(error, locale).document

            assert document["reason"] == reason
            assert document["title"] == TITLES[status_of(error)][locale]


def test_what_is_not_ours_says_nothing_about_itself() -> None:
    problem = problem_of(KeyError("password"), "en", trace_id="t1")

    assert problem.status == 500
    assert "password" not in problem.body.decode()
    assert problem.document["trace_id"] == "t1"


async def test_nothing_personal_from_a_request_reaches_logs_spans_or_metrics(suite: SuiteDouble) -> None:
    client, phone, email, token = by_hand(suite), CANARIES[0], CANARIES[2], CANARIES[3]

    with overheard() as told:
        broken = await client.send("POST", f"/v1/leaking/{phone}?q={email}", {"person": PLANTED}, referer=email)
        await client.send("GET", f"/v1/{email}", cookie=PLANTED)
        await client.send("GET", "/v1/counted?count=1", authorization=f"Bearer {token}")

        assert broken.status == 500
        assert "request_failed" in told.logs
        told.assert_no_canary()
