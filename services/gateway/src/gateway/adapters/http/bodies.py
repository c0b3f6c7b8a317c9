"""Request bodies, read no further than they may go: the limit holds while they stream in, with or without a length."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from gateway.errors import TooLarge, UnsupportedMediaType

Receive = Callable[[], Awaitable[Any]]

JSON_TYPE = "application/json"
LINES_TYPES = ("application/x-ndjson", "application/jsonl")


class ClientGone(Exception):
    """The client has closed the connection; nobody waits for the answer."""


def require_type(headers: Mapping[str, str], *accepted: str) -> None:
    """Checks what a body says it is.

    Raises:
        UnsupportedMediaType: it says something else, or nothing, or is compressed.
    """
    kind, _, parameters = headers.get("content-type", "").partition(";")
    if kind.strip().lower() not in accepted or "charset" in parameters.lower().replace("charset=utf-8", ""):
        raise UnsupportedMediaType(accepted[0])
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType(f"{accepted[0]}, not compressed")


async def read_body(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    """The whole body.

    Raises:
        TooLarge: it has, or says it has, more than `limit` bytes.
        ClientGone: the connection closed before its end.
    """
    announced = headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise TooLarge(limit)
    chunks: list[bytes] = []
    size = 0
    async for chunk in chunks_of(receive):
        size += len(chunk)
        if size > limit:
            raise TooLarge(limit)
        chunks.append(chunk)
    return b"".join(chunks)


async def read_lines(receive: Receive, line_limit: int) -> AsyncIterator[tuple[int, bytes]]:
    """The lines of a body as they come in, with their numbers from 1; empty ones are passed over.

    Raises:
        TooLarge: a line has more than `line_limit` bytes.
        ClientGone: the connection closed before its end.
    """
    number, searched = 0, 0
    buffer = bytearray()
    async for chunk in chunks_of(receive):
        buffer += chunk
        # Only what is new is searched, so that a line sent byte by byte costs no more than one sent at once.
        while (end := buffer.find(b"\n", searched)) >= 0:
            number += 1
            line = bytes(buffer[:end])
            del buffer[: end + 1]
            searched = 0
            if len(line) > line_limit:
                raise TooLarge(line_limit)
            if line.strip():
                yield number, line
        searched = len(buffer)
        if searched > line_limit:
            raise TooLarge(line_limit)
    if buffer.strip():
        yield number + 1, bytes(buffer)


async def chunks_of(receive: Receive) -> AsyncIterator[bytes]:
    """The body piece by piece (ASGI `http.request` messages)."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        if chunk := message.get("body"):
            yield chunk
        if not message.get("more_body"):
            return
