"""Whether the process lives, and whether it wants requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

_OK = {"description": "Yes.", "content": {"text/plain": {"schema": {"type": "string"}}}}
PATHS: dict[str, Any] = {
    "/livez": {
        "get": {
            "operationId": "IsAlive",
            "summary": "Tells that the process lives; asks nothing else",
            "security": [],
            "responses": {"200": _OK},
        }
    },
    "/readyz": {
        "get": {
            "operationId": "IsReady",
            "summary": "Tells whether the process wants requests: schema migrated, database there, not stopping",
            "security": [],
            "responses": {"200": _OK, "503": {**_OK, "description": "No."}},
        }
    },
}


def health_routes(is_ready: Callable[[], Awaitable[bool]]) -> APIRouter:
    """`/livez` and `/readyz`."""
    router = APIRouter()

    @router.get("/livez")
    async def livez() -> Response:
        return PlainTextResponse("alive")

    @router.get("/readyz")
    async def readyz() -> Response:
        ready = await is_ready()
        return PlainTextResponse("ready" if ready else "not ready", 200 if ready else 503)

    return router
