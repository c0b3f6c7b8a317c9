"""Calling the gateway: tokens, retries, and what a problem tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from embedded.suite import Suite
from throughline_cli.endpoints import Caller, Target
from throughline_cli.failures import Exit, Problem
from throughline_cli.gateway import Gateway, Unreachable, connect
from throughline_cli.tokens import TokenRefused, Tokens

from ..fake_gateway import URL, problem

_ISSUER = Target(URL, token_url=f"{URL}/oauth/token", client_id="operator", client_secret="secret")
_NADIA = Caller("0190f3c4-0000-7000-8000-000000000000", "nadia")

Serve = Callable[[httpx.Request], httpx.Response]


class Server:
    """Remembers what it was asked; the answer depends on the number of the request, from 1."""

    def __init__(self, answer: Callable[[int], httpx.Response]) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer(len(self.requests))


class TestTargets:
    def test_a_gateway_elsewhere_gives_tokens_to_who_has_a_secret_of_it(self, tmp_path: Path) -> None:
        environment = {"THROUGHLINE_URL": f"{URL}/", "THROUGHLINE_CLIENT_SECRET": "secret"}

        assert Target.find(environment, Suite(tmp_path)) == _ISSUER

    def test_without_a_secret_only_a_given_token_counts(self, tmp_path: Path) -> None:
        target = Target.find({"THROUGHLINE_URL": URL, "THROUGHLINE_TOKEN": "given"}, Suite(tmp_path))

        assert (target.token, target.client_secret) == ("given", "")


class TestCalls:
    def test_call_carries_token_and_language(self) -> None:
        server = Server(lambda number: httpx.Response(200, json={}))

        _gateway(server).get("/v1/me")

        assert server.requests[0].headers["authorization"] == "Bearer a token"
        assert server.requests[0].headers["accept-language"] == "en"

    def test_empty_parameters_are_left_out(self) -> None:
        server = Server(lambda number: httpx.Response(200, json={}))

        _gateway(server).get(
            "/v1/leads", owner_id="", states=["WAITING", "CLOSED"], to_be_activated=True, page_size=None
        )

        assert server.requests[0].url.query == b"states=WAITING&states=CLOSED&to_be_activated=true"

    def test_pages_are_walked_to_the_limit(self) -> None:
        def serve(request: httpx.Request) -> httpx.Response:
            start = int(request.url.params.get("page_token") or 0)
            items = [{"number": number} for number in range(start, start + 3)]
            return httpx.Response(200, json={"items": items, "next_page_token": str(start + 3)})

        items = _gateway(serve).pages("/v1/items", "items", limit=7)

        assert [item["number"] for item in items] == [0, 1, 2, 3, 4, 5, 6]

    @pytest.mark.parametrize(
        "first",
        [problem(503, "UNREACHABLE", "later"), problem(429, "EXHAUSTED", "later"), problem(409, "IN_FLIGHT", "later")],
    )
    def test_passing_faults_are_waited_out(self, first: httpx.Response) -> None:
        answers = iter([first, httpx.Response(200, json={"done": True})])

        assert _gateway(lambda request: next(answers)).post("/v1/leads", {"request_id": "1"}) == {"done": True}

    @pytest.mark.parametrize(
        ("status", "expected"),
        [(400, Exit.FAILED), (401, Exit.FORBIDDEN), (403, Exit.FORBIDDEN), (404, Exit.NOT_FOUND), (409, Exit.CONFLICT)],
    )
    def test_other_problems_end_the_command(self, status: int, expected: Exit) -> None:
        with pytest.raises(Problem) as raised:
            _gateway(lambda request: problem(status, "SOME_REASON", "no")).get("/v1/leads")

        assert raised.value.exit_status == expected

    def test_a_stranger_is_awaited_only_on_request(self) -> None:
        def answers() -> Iterator[httpx.Response]:
            yield problem(401, "PERSON_UNKNOWN", "who?")
            yield httpx.Response(200, json={})

        first, second = answers(), answers()

        assert _gateway(lambda request: next(first), awaits_people=True).get("/v1/me") == {}
        with pytest.raises(Problem):
            _gateway(lambda request: next(second)).get("/v1/me")

    def test_nothing_is_repeated_that_must_not_be(self) -> None:
        server = Server(lambda number: problem(503, "UNREACHABLE", "later"))

        with pytest.raises(Problem):
            _gateway(server).post_once("/v1/clock:forward", {"by": "48h"}, answer_s=1)

        assert len(server.requests) == 1

    def test_suite_that_is_down_is_told_at_once(self) -> None:
        def refuse(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused", request=request)

        with pytest.raises(Unreachable) as raised:
            _gateway(refuse).get("/v1/leads")

        assert raised.value.exit_status == Exit.UNREACHABLE

    def test_an_answer_of_a_proxy_is_a_problem_too(self) -> None:
        with pytest.raises(Problem) as raised:
            _gateway(lambda request: httpx.Response(418, text="<html>teapot</html>")).get("/v1/leads")

        assert raised.value.values["title"] == "HTTP 418"


class TestTokens:
    def test_token_is_asked_for_once_and_renewed_before_it_expires(self) -> None:
        now = [0.0]
        tokens = Tokens(_ISSUER, _http(Server(_token)), lambda: now[0])

        first, again = tokens.of(_NADIA), tokens.of(_NADIA)
        now[0] = 3_400.0
        renewed = tokens.of(_NADIA)

        assert (first, again, renewed) == ("token 1", "token 1", "token 2")

    def test_people_and_operator_have_tokens_of_their_own(self) -> None:
        server = Server(_token)
        tokens = Tokens(_ISSUER, _http(server))

        assert (tokens.operator(), tokens.of(_NADIA)) == ("token 1", "token 2")
        assert server.requests[0].content == b"grant_type=client_credentials"
        assert server.requests[1].content.decode() == f"tenant_id={_NADIA.tenant_id}&subject=nadia"

    def test_refusal_of_the_issuer_is_told(self) -> None:
        refusal = httpx.Response(401, json={"error": "invalid_client", "error_description": "secret is wrong"})

        with pytest.raises(TokenRefused) as refused:
            Tokens(_ISSUER, _http(lambda request: refusal)).operator()

        assert refused.value.values["cause"] == "secret is wrong"


def _token(number: int) -> httpx.Response:
    return httpx.Response(200, json={"access_token": f"token {number}", "expires_in": 3600})


def _http(serve: Serve) -> httpx.Client:
    return connect(URL, "en", transport=httpx.MockTransport(serve))


def _gateway(serve: Serve, *, awaits_people: bool = False) -> Gateway:
    return Gateway(_http(serve), lambda: "a token", awaits_people=awaits_people)
