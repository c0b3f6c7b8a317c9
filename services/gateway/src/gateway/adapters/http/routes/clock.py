"""The business clock of all services together; these routes exist only where the clock may be moved."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from google.protobuf.duration_pb2 import Duration

from chassis.context import bind
from chassis.errors import Invalid, Violation
from chassis.proto_values import timestamp_of
from gateway.adapters.http.bodies import JSON_TYPE, read_body, require_type
from gateway.adapters.http.callers import Callers
from gateway.adapters.http.exchange import SCOPE_KEY, Exchange
from gateway.adapters.http.sse import EventStream, frame, told
from gateway.application.forward_clock import (
    LONGEST_MOVE,
    LONGEST_SHORTEST_STEP,
    SHORTEST_STEP,
    ForwardClock,
    Moved,
)
from gateway.application.settle import Settle
from gateway.errors import Malformed
from gateway.transcoding import json_text, times
from gateway.transcoding.json_text import Json

PERMISSION = "clock.move"
_LARGEST_BODY = 4096
_SPAN = re.compile(r"(?=.)(?:(\d{1,4})d)?(?:(\d{1,6})h)?(?:(\d{1,8})m)?(?:(\d{1,9}(?:\.\d{1,6})?)s)?", re.ASCII)


def clock_routes(forward: ForwardClock, settle: Settle, callers: Callers) -> APIRouter:
    """`:forward` and `:settle`."""
    router = APIRouter()

    @router.post("/v1/clock:forward")
    async def clock_forward(request: Request) -> Response:
        exchange: Exchange = request.scope[SCOPE_KEY]
        await callers.permitted(exchange, PERMISSION)
        document = await _body(exchange, request)
        steps = _as_caller(exchange, forward(span_of(document), shortest_step_of(document)))
        if "text/event-stream" in exchange.headers.get("accept", ""):
            return EventStream(_frames(steps), tell=partial(told, exchange))
        async with aclosing(steps):
            *_, last = [step async for step in steps]
        return _json(_document(last))

    @router.post("/v1/clock:settle")
    async def clock_settle(request: Request) -> Response:
        exchange: Exchange = request.scope[SCOPE_KEY]
        await callers.permitted(exchange, PERMISSION)
        with bind(exchange.context("clock:settle")):
            rests = await settle()
        latest = max(rest.business_now for rest in rests.values())
        return _json({"business_now": times.write_time(timestamp_of(latest))})

    return router


def span_of(document: Json) -> timedelta:
    """The span in `{"by": "48h"}`; units are d, h, m and s, from the largest to the smallest.

    Raises:
        Invalid: it is no such object, or the span is nothing or over 400 days.
    """
    text = document.get("by") if isinstance(document, dict) and {"by"} <= set(document) <= {"by", "step"} else None
    span = _span(text)
    if span is None:
        fault = "must be a span such as 48h or 1h30m, with no field beside it but step"
        raise Invalid([Violation("by", "duration", fault)])
    if not timedelta() < span <= LONGEST_MOVE:
        raise Invalid([Violation("by", "duration.range", f"must be over 0 and at most {LONGEST_MOVE.days}d")])
    return span


def shortest_step_of(document: Json) -> timedelta:
    """The shortest step in `{"by": "48h", "step": "10m"}`; half a minute where it is not said.

    Raises:
        Invalid: it is no span, or shorter than that, or over an hour.
    """
    if not isinstance(document, dict) or "step" not in document:
        return SHORTEST_STEP
    span = _span(document["step"])
    if span is None or not SHORTEST_STEP <= span <= LONGEST_SHORTEST_STEP:
        raise Invalid([Violation("step", "duration.range", "must be a span from 30s to 1h")])
    return span


def _span(text: Json) -> timedelta | None:
    found = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


async def _body(exchange: Exchange, request: Request) -> Json:
    body = await read_body(exchange.headers, request.receive, _LARGEST_BODY)
    require_type(exchange.headers, JSON_TYPE)
    try:
        return json_text.parse(body)
    except json_text.MalformedJson as error:
        raise Malformed(error.message, error.line, error.column) from error


async def _as_caller(exchange: Exchange, steps: AsyncGenerator[Moved, None]) -> AsyncGenerator[Moved, None]:
    """Takes the steps as the request's caller, also when the answer outlives the route."""
    with bind(exchange.context("clock:forward")):
        async with aclosing(steps):
            async for step in steps:
                yield step


async def _frames(steps: AsyncGenerator[Moved, None]) -> AsyncGenerator[bytes, None]:
    last: Moved | None = None
    async with aclosing(steps):
        async for last in steps:
            yield frame(json_text.dump(_document(last)), event="step")
    if last is not None:
        yield frame(json_text.dump(_document(last)), event="done")


def _document(moved: Moved) -> Json:
    span = Duration()
    span.FromTimedelta(moved.moved)
    return {
        "business_now": times.write_time(timestamp_of(moved.business_now)),
        "moved": times.write_duration(span),
        "steps": moved.steps,
    }


def _json(document: Json) -> Response:
    return Response(json_text.dump(document), media_type=JSON_TYPE)


_PROBLEMS = {
    str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in (400, 401, 403, 409, 429, 500, 503)
}
_NOW = {"type": "string", "format": "date-time", "description": "Present business time."}
_MOVED = {
    "type": "object",
    "properties": {
        "business_now": _NOW,
        "moved": {"type": "string", "description": "How far, in seconds, for example `172800s`."},
        "steps": {"type": "integer", "description": "In how many steps."},
    },
    "required": ["business_now", "moved", "steps"],
}
_FORWARD = {
    "operationId": "ForwardClock",
    "tags": ["Clock"],
    "summary": "Moves the business clock of all services on, from one due time to the next",
    "description": (
        "Whatever falls due on the way happens, and the suite comes to rest after each step. With `Accept: "
        "text/event-stream` the steps are told as events named `step`, the end as `done`.\n\n"
        f"Needs the permission `{PERMISSION}`. Exists in the embedded profile and in tests only."
    ),
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "by": {"type": "string", "description": "Span, at most 400d.", "examples": ["48h", "1h30m"]},
                        "step": {
                            "type": "string",
                            "description": (
                                "Shortest step, 30s to 1h, else 30s: deadlines closer together run in one step, each in"
                                " its order and at most so much late. A longer one takes less time."
                            ),
                            "examples": ["10m"],
                        },
                    },
                    "required": ["by"],
                    "additionalProperties": False,
                }
            }
        },
    },
    "responses": {
        "200": {
            "description": "The clock after the move.",
            "content": {"application/json": {"schema": _MOVED}, "text/event-stream": {"schema": {"type": "string"}}},
        },
        **_PROBLEMS,
        "413": {"$ref": "#/components/responses/Problem413"},
        "415": {"$ref": "#/components/responses/Problem415"},
    },
}
_SETTLE = {
    "operationId": "SettleClock",
    "tags": ["Clock"],
    "summary": "Waits until no service has anything left to do at the present business time",
    "description": f"Needs the permission `{PERMISSION}`. Exists in the embedded profile and in tests only.",
    "responses": {
        "200": {
            "description": "All is at rest.",
            "content": {
                "application/json": {
                    "schema": {"type": "object", "properties": {"business_now": _NOW}, "required": ["business_now"]}
                }
            },
        },
        **_PROBLEMS,
    },
}
PATHS: dict[str, Any] = {"/v1/clock:forward": {"post": _FORWARD}, "/v1/clock:settle": {"post": _SETTLE}}
