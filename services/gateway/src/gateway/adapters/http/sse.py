"""Server-sent events (WHATWG HTML, 9.2): frames, heartbeats, and an end when either side leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from enum import Enum, auto
from typing import Any

from fastapi import Response

from gateway.adapters.http.exchange import Exchange
from gateway.adapters.http.front import Receive, Send
from gateway.adapters.http.problem import problem_of

HEARTBEAT = b": keep-alive\n\n"
HEARTBEAT_S = 15.0
"""Shorter than the idle time-out of common proxies."""

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]


def frame(data: bytes, *, event: str = "", event_id: str = "") -> bytes:
    """One event. `data` is one line, as JSON without line breaks is; names and ids are ours and hold none either."""
    lines = [f"id: {event_id}\n".encode()] if event_id else []
    if event:
        lines.append(f"event: {event}\n".encode())
    return b"".join([*lines, b"data: ", data, b"\n\n"])


def told(exchange: Exchange, error: Exception) -> bytes:
    """The frame that ends a stream by an error: a problem, as another answer would be."""
    problem = problem_of(error, exchange.locale, instance=exchange.raw_path, trace_id=exchange.trace_id)
    return frame(problem.body, event="problem")


async def send_events(
    frames: AsyncGenerator[bytes, None],
    receive: Receive,
    send: Send,
    *,
    tell: Callable[[Exception], bytes],
    heartbeat_s: float = HEARTBEAT_S,
) -> None:
    """Sends frames as they come, until they end or the client leaves.

    Args:
        frames: closed in the end, whoever leaves first.
        tell: makes the last frame of an exception that ends the frames after the stream has begun. One that comes
            before the first frame is raised, so that the client still gets a status.
        heartbeat_s: longest silence.
    """
    ready: asyncio.Queue[_Step] = asyncio.Queue(1)
    pump = asyncio.ensure_future(_pump(frames, ready))
    gone = asyncio.ensure_future(_until_gone(receive))
    has_begun = False
    try:
        while (step := await _next(ready, gone, heartbeat_s)) is not _GONE:
            if not has_begun and isinstance(step, Exception):
                raise step
            if not has_begun:
                await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
                has_begun = True
            if isinstance(step, bytes):
                await _send(send, step)
                continue
            await _send(send, tell(step) if isinstance(step, Exception) else b"")
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
    finally:
        for task in (pump, gone):
            task.cancel()
        await asyncio.gather(pump, gone, return_exceptions=True)


class EventStream(Response):
    """The same as what a route returns."""

    def __init__(self, frames: AsyncGenerator[bytes, None], *, tell: Callable[[Exception], bytes]) -> None:
        super().__init__()
        self._frames = frames
        self._tell = tell

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002  # ASGI 3
        """Sends the events."""
        await send_events(self._frames, receive, send, tell=self._tell)


class _Sign(Enum):
    END = auto()
    GONE = auto()


_END, _GONE = _Sign.END, _Sign.GONE
_Step = bytes | Exception | _Sign


async def _pump(frames: AsyncGenerator[bytes, None], ready: asyncio.Queue[_Step]) -> None:
    """Runs the frames in a task of their own, since they may hold on to its context between two of them."""
    try:
        async with aclosing(frames):
            async for got in frames:
                await ready.put(got)
    except Exception as error:  # noqa: BLE001  # whoever sends decides whether it becomes a status or a frame
        await ready.put(error)
    else:
        await ready.put(_END)


async def _next(ready: asyncio.Queue[_Step], gone: asyncio.Future[None], heartbeat_s: float) -> _Step:
    waiting = asyncio.ensure_future(ready.get())
    both: set[asyncio.Future[Any]] = {waiting, gone}
    done, _ = await asyncio.wait(both, timeout=heartbeat_s, return_when=asyncio.FIRST_COMPLETED)
    if waiting in done:
        return waiting.result()
    waiting.cancel()
    return _GONE if gone in done else HEARTBEAT


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
