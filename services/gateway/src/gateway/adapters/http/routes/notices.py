"""`GET /v1/stream`: what the caller sees happen, as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from chassis.errors import Forbidden
from gateway.adapters.http.callers import Callers
from gateway.adapters.http.exchange import SCOPE_KEY, Exchange
from gateway.adapters.http.sse import EventStream, frame, told
from gateway.application.watch_notices import Sign, WatchNotices
from gateway.domain.notice import SentNotice

PERMISSION = "notification.self"
_RETRY_MS = 2_000
_SIGNS = {Sign.OPENED: f"retry: {_RETRY_MS}\n\n".encode(), Sign.RESET: frame(b"{}", event="reset")}

PATHS: dict[str, Any] = {
    "/v1/stream": {
        "get": {
            "operationId": "WatchNotices",
            "tags": ["Notice"],
            "summary": "Streams what the caller sees happen",
            "description": (
                "Server-sent events: `id` is the event's, `event` its kind, such as `lead.assigned`, `data` a Notice. "
                "After a break, `Last-Event-ID` brings what was missed; a notice may come twice and is told by its id. "
                "`reset` says that there may be a gap: load anew what you show. The stream ends with the token.\n\n"
                f"Needs the permission `{PERMISSION}`."
            ),
            "parameters": [
                {
                    "name": "Last-Event-ID",
                    "in": "header",
                    "required": False,
                    "description": "Id of the last event that the client has seen.",
                    "schema": {"type": "string"},
                }
            ],
            "responses": {
                "200": {
                    "description": "The stream.",
                    "content": {"text/event-stream": {"schema": {"type": "string"}}},
                },
                **{
                    str(status): {"$ref": f"#/components/responses/Problem{status}"}
                    for status in (401, 403, 429, 500, 503)
                },
            },
        }
    }
}


def notice_routes(watch: WatchNotices, callers: Callers) -> APIRouter:
    """The stream."""
    router = APIRouter()

    @router.get("/v1/stream")
    async def stream(request: Request) -> Response:
        exchange: Exchange = request.scope[SCOPE_KEY]
        principal = await callers.permitted(exchange, PERMISSION)
        if principal.person_id is None or principal.tenant_id is None:
            raise Forbidden(PERMISSION)
        steps = watch(
            principal.tenant_id,
            principal.person_id,
            until=exchange.require_caller().expires_at.timestamp(),
            last_id=exchange.headers.get("last-event-id", ""),
        )
        return EventStream(_frames(steps), tell=partial(told, exchange))

    return router


async def _frames(steps: AsyncGenerator[SentNotice | Sign, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(steps):
        async for step in steps:
            yield _SIGNS[step] if isinstance(step, Sign) else frame(step.data, event=step.kind, event_id=step.id)
