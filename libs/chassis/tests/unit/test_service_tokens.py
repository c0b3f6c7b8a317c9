from __future__ import annotations

import asyncio

import httpx
import pytest

from chassis.errors import Unreachable
from chassis.service_tokens import ServiceTokens


class Issuer:
    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answer = httpx.Response(200)
        self.now = 0.0

    def tokens(self) -> ServiceTokens:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        return ServiceTokens("https://id.example/token", "pipeline", "s3cret", http, clock=lambda: self.now)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.answer.status_code != 200:
            return self.answer
        return httpx.Response(200, json={"access_token": f"t{len(self.asked)}", "expires_in": 600})


async def test_a_token_is_fetched_once_by_the_client_credentials_grant() -> None:
    issuer = Issuer()
    tokens = issuer.tokens()

    got = await asyncio.gather(*(tokens.get() for _ in range(5)))

    assert got == ["t1"] * 5
    (request,) = issuer.asked
    assert request.content == b"grant_type=client_credentials"
    assert request.headers["authorization"].startswith("Basic ")


async def test_a_token_is_renewed_before_it_expires() -> None:
    issuer = Issuer()
    tokens = issuer.tokens()
    await tokens.get()

    issuer.now = 479
    assert await tokens.get() == "t1"
    issuer.now = 481
    assert await tokens.get() == "t2"


async def test_while_the_issuer_is_away_the_old_token_serves_until_it_expires() -> None:
    issuer = Issuer()
    tokens = issuer.tokens()
    await tokens.get()
    issuer.answer = httpx.Response(503)

    issuer.now = 599
    assert await tokens.get() == "t1"
    issuer.now = 601
    with pytest.raises(Unreachable):
        await tokens.get()


async def test_an_answer_without_token_counts_as_none() -> None:
    http = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, json={"error": "x"})))

    with pytest.raises(Unreachable):
        await ServiceTokens("https://id.example/token", "a", "b", http).get()
