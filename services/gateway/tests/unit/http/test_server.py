"""The listener: how it goes without cutting anybody off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest_asyncio

from gateway.adapters.http.server import HttpServer
from support.waiting import eventually_async


class Application:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.asked = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


@pytest_asyncio.fixture
async def application() -> Application:
    return Application()


@pytest_asyncio.fixture
async def server(application: Application) -> AsyncIterator[HttpServer]:
    listener = HttpServer(application, "127.0.0.1:0", grace_s=5)
    running = asyncio.create_task(listener.run())
    await eventually_async(lambda: _is_up(listener), what="the listener is up")
    yield listener
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _is_up(listener: HttpServer) -> bool:
    return bool(listener.port)


async def test_a_listener_that_retires_gives_up_each_connection_with_its_next_answer(server: HttpServer) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as client:
        before = await client.get("/")
        server.retire()
        parting = await client.get("/")
        again = await client.get("/")  # calls are still taken, over a connection of their own

    assert [answer.headers.get("connection") for answer in (before, parting, again)] == [None, "close", "close"]
    assert [answer.status_code for answer in (before, parting, again)] == [200, 200, 200]


async def test_a_request_that_runs_when_the_listener_stops_is_answered(application: Application) -> None:
    listener = HttpServer(application, "127.0.0.1:0", grace_s=5)
    running = asyncio.create_task(listener.run())
    await eventually_async(lambda: _is_up(listener), what="the listener is up")
    application.may_answer.clear()

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.port}", trust_env=False) as client:
        asking = asyncio.create_task(client.get("/"))
        await eventually_async(lambda: _was_asked(application), what="the request is there")
        listener.retire()
        running.cancel()
        await asyncio.sleep(0)
        application.may_answer.set()
        answer = await asking
        await asyncio.gather(running, return_exceptions=True)

    assert answer.status_code == 200


async def _was_asked(application: Application) -> bool:
    return application.asked == 1
