"""Serves every route of the contracts: reads the request, calls the owner, writes the answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Protocol
from urllib.parse import urlencode

from google.protobuf.message import Message

from chassis.context import bind
from chassis.errors import Invalid, Violation
from gateway.adapters.http.bodies import JSON_TYPE, LINES_TYPES, read_body, read_lines, require_type
from gateway.adapters.http.exchange import Exchange
from gateway.adapters.http.front import Receive, Send, send_whole
from gateway.adapters.http.query import parameters
from gateway.adapters.http.sse import frame, send_events, told
from gateway.errors import Malformed
from gateway.transcoding import json_text
from gateway.transcoding.entity_tags import is_among, tag_of
from gateway.transcoding.requests import RequestParts, read_request
from gateway.transcoding.routes import Route


class Upstream(Protocol):
    """Calls methods of the other services, as the running request's caller.

    All raise errors of `chassis.errors`; `NotFound` where no service has the name.
    """

    async def unary(self, service: str, route: Route, request: Message) -> Message:
        """One request, one response."""
        ...

    async def client_stream(self, service: str, route: Route, requests: AsyncIterator[Message]) -> Message:
        """Many requests, one response. An exception of `requests` ends the call and passes."""
        ...

    def server_stream(self, service: str, route: Route, request: Message) -> AsyncGenerator[Message, None]:
        """One request, many responses. Closing it ends the call."""
        ...


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Most bytes that a client may send."""

    body: int = 4 * 1024 * 1024
    """Of a whole JSON body; what gRPC takes in one message."""
    line: int = 256 * 1024
    """Of one line of a stream."""


class Transcoder:
    """From HTTP to gRPC and back."""

    def __init__(self, upstream: Upstream, limits: BodyLimits | None = None) -> None:
        self._upstream = upstream
        self._limits = limits or BodyLimits()

    async def __call__(
        self, exchange: Exchange, route: Route, values: Mapping[str, str], receive: Receive, send: Send
    ) -> None:
        """Serves one request.

        Raises:
            ThroughlineError: whatever speaks against it.
        """
        exchange.route = str(route.template)
        with bind(exchange.context(route.grpc_path)):
            service = route.owner or values.get("service", "")
            if route.method.client_streaming:
                require_type(exchange.headers, *LINES_TYPES)
                messages = self._lines(exchange, route, values, receive)
                await _send_answer(exchange, route, await self._upstream.client_stream(service, route, messages), send)
                return
            request = read_request(route, await self._parts(exchange, values, receive))
            if route.method.server_streaming:
                responses = self._upstream.server_stream(service, route, request)
                await send_events(_frames(route, responses), receive, send, tell=partial(told, exchange))
            else:
                await _send_answer(exchange, route, await self._upstream.unary(service, route, request), send)

    async def _parts(self, exchange: Exchange, values: Mapping[str, str], receive: Receive) -> RequestParts:
        body = await read_body(exchange.headers, receive, self._limits.body)
        if body:
            require_type(exchange.headers, JSON_TYPE)
        return RequestParts(
            path=values,
            query=parameters(exchange),
            body=_parsed(body) if body else None,
            has_body=bool(body),
            idempotency_key=exchange.headers.get("idempotency-key"),
            if_match=exchange.headers.get("if-match"),
            if_none_match=exchange.headers.get("if-none-match"),
        )

    async def _lines(
        self, exchange: Exchange, route: Route, values: Mapping[str, str], receive: Receive
    ) -> AsyncIterator[Message]:
        """The messages of a stream. The first bad line ends it; its number stands in the fault's path."""
        query = parameters(exchange)
        async for number, line in read_lines(receive, self._limits.line):
            parts = RequestParts(path=values, query=query, body=_parsed(line, number), has_body=True)
            try:
                yield read_request(route, parts)
            except Invalid as refusal:
                raise Invalid([_at_line(number, fault) for fault in refusal.violations]) from refusal


def _at_line(number: int, fault: Violation) -> Violation:
    path = f"lines[{number}].{fault.field}" if fault.field else f"lines[{number}]"
    return Violation(path, fault.reason, fault.message)


def _parsed(text: bytes, first_line: int = 1) -> json_text.Json:
    try:
        return json_text.parse(text)
    except json_text.MalformedJson as error:
        raise Malformed(error.message, error.line + first_line - 1, error.column) from error


async def _send_answer(exchange: Exchange, route: Route, answer: Message, send: Send) -> None:
    if route.raw:
        headers = {"content-type": route.media_type, "x-content-type-options": "nosniff", "cache-control": "private"}
        await send_whole(send, 200, headers, getattr(answer, route.raw), is_head=exchange.method == "HEAD")
        return
    document = route.response.encode(answer)
    body = json_text.dump(document)
    headers = {"content-type": JSON_TYPE}
    if route.version_of is not None and (version := route.version_of(answer)):
        is_read = route.http_method == "GET"
        tag = headers["etag"] = tag_of(version, body if is_read else None)
        if is_read:
            headers |= {"cache-control": "private, no-cache", "vary": "authorization, accept-language"}
            if is_among(tag, exchange.headers.get("if-none-match", "")):
                await send_whole(send, 304, headers, b"")
                return
    token = document.get("next_page_token")
    if route.has_next_page and isinstance(token, str) and token:
        headers["link"] = f'<{_next_page(exchange, token)}>; rel="next"'
    await send_whole(send, 200, headers, body, is_head=exchange.method == "HEAD")


def _next_page(exchange: Exchange, token: str) -> str:
    kept = [(name, value) for name, value in parameters(exchange) if name != "page_token"]
    return f"{exchange.raw_path}?{urlencode([*kept, ('page_token', token)])}"


async def _frames(route: Route, responses: AsyncGenerator[Message, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(responses):
        async for response in responses:
            yield frame(json_text.dump(route.response.encode(response)), event="message")
