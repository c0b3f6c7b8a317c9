"""Speaks ASGI to the application as a server would, with control over every byte and every chunk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Application = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """Sends requests to an application."""

    application: Application
    headers: dict[str, str] = field(default_factory=dict)
    address: str = "192.0.2.7"

    async def send(
        self, method: str, target: str, json_body: Any = None, *, body: bytes | Iterable[bytes] = b"", **headers: str
    ) -> Answer:
        """One request and its whole answer. Underscores in the names of headers stand for dashes."""
        chunks = [body] if isinstance(body, bytes) else list(body)
        if json_body is not None:
            chunks = [json.dumps(json_body).encode()]
            headers.setdefault("content_type", "application/json")
        sent: list[dict[str, Any]] = []

        async def collect(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = self.scope(method, target, headers)
        await self.application(scope, _receiver(chunks), collect)
        start = sent[0]
        whole = b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(start["status"], _texts(start["headers"]), whole)

    @asynccontextmanager
    async def open(self, target: str, **headers: str) -> AsyncIterator[Stream]:
        """A GET whose answer is read piece by piece; the client hangs up at the end."""
        stream = Stream()
        scope = self.scope("GET", target, headers)
        serving = asyncio.ensure_future(self.application(scope, stream.receive, stream.send))
        try:
            yield stream
        finally:
            stream.gone.set()
            await serving

    def scope(self, method: str, target: str, headers: dict[str, str]) -> dict[str, Any]:
        """What a server would hand over for a request target."""
        path, _, query = target.partition("?")
        lines = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode("ascii"),
            "root_path": "",
            "query_string": query.encode("ascii"),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in lines.items()],
            "client": (self.address, 50_000),
            "server": ("test", 80),
            "scheme": "http",
        }


@dataclass
class Stream:
    """An answer that goes on."""

    gone: asyncio.Event = field(default_factory=asyncio.Event)
    _parts: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    _asked: bool = False

    async def receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        await self._parts.put(message)

    async def start(self) -> tuple[int, dict[str, str]]:
        """Status and headers."""
        message = await self._parts.get()
        return message["status"], _texts(message["headers"])

    async def part(self) -> bytes:
        """The next piece of the body; empty at its end."""
        message = await self._parts.get()
        return bytes(message.get("body", b""))

    async def event(self) -> dict[str, str]:
        """The fields of the next server-sent event; comments are passed over."""
        while True:
            lines = (await self.part()).decode().strip().split("\n")
            fields = dict(line.split(": ", 1) for line in lines if line and not line.startswith(":"))
            if fields:
                return fields


def _receiver(chunks: list[bytes]) -> Callable[[], Awaitable[dict[str, Any]]]:
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": place < len(chunks)}
        for place, chunk in enumerate(chunks, start=1)
    ] or [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if waiting:
            return waiting.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    return receive


def _texts(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode(): value.decode("latin-1") for name, value in headers}
