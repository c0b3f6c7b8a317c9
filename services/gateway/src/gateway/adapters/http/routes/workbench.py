"""`GET /v1/workbench`: what the caller has to do, from all services in one answer."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from chassis.context import bind
from chassis.errors import Forbidden
from gateway.adapters.http.bodies import JSON_TYPE
from gateway.adapters.http.callers import Callers
from gateway.adapters.http.exchange import SCOPE_KEY, Exchange
from gateway.application.compose_workbench import ComposeWorkbench, Part
from gateway.transcoding import json_text
from gateway.transcoding.json_text import Json

PERMISSION = "task.read"


def _part(description: str, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": {
            "is_available": {"type": "boolean", "description": "False where the owner could not be asked."},
            "reason": {"type": "string", "description": "Reason of the error then, for example `UNREACHABLE`."},
            **content,
        },
        "required": ["is_available", "reason"],
    }


def _listed(name: str, schema: str) -> dict[str, Any]:
    return {
        name: {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}, "description": "At most 20."},
        "count": {"type": "integer", "description": "How many of the newest 200 there are."},
        "is_cut": {"type": "boolean", "description": "True where there are more than 200 to look at."},
    }


_PARTS = {
    "own": _part(
        "Tasks, notifications and customers.",
        {"workbench": {"$ref": "#/components/schemas/GetWorkbenchResponse"}},
    ),
    "leads_to_touch": _part("The caller's leads without a first touch.", _listed("leads", "Lead")),
    "leads_to_assign": _part("Leads in the queue that the caller supervises.", _listed("leads", "Lead")),
    "opportunities_at_a_gate": _part(
        "The caller's open opportunities whose gate is not met.", _listed("opportunities", "Opportunity")
    ),
}
PATHS: dict[str, Any] = {
    "/v1/workbench": {
        "get": {
            "operationId": "ReadWorkbench",
            "tags": ["Workbench"],
            "summary": "Reads what the caller has to do, from all services",
            "description": (
                "All owners are asked at once. A part whose owner is slow, down or closed to the caller says so, and "
                f"the others stand.\n\nNeeds the permission `{PERMISSION}`."
            ),
            "responses": {
                "200": {
                    "description": "The workbench.",
                    "content": {
                        "application/json": {
                            "schema": {"type": "object", "properties": _PARTS, "required": list(_PARTS)}
                        }
                    },
                },
                **{
                    str(status): {"$ref": f"#/components/responses/Problem{status}"}
                    for status in (401, 403, 429, 500, 503)
                },
            },
        }
    }
}


def workbench_routes(compose: ComposeWorkbench, callers: Callers) -> APIRouter:
    """The workbench."""
    router = APIRouter()

    @router.get("/v1/workbench")
    async def workbench(request: Request) -> Response:
        exchange: Exchange = request.scope[SCOPE_KEY]
        principal = await callers.permitted(exchange, PERMISSION)
        if principal.person_id is None:
            raise Forbidden(PERMISSION)
        with bind(exchange.context("workbench")):
            parts = await compose(principal.person_id)
        document: dict[str, Json] = {name: _document(name, part) for name, part in parts.items()}
        return Response(json_text.dump(document), media_type=JSON_TYPE)

    return router


def _document(name: str, part: Part) -> dict[str, Any]:
    told = {"is_available": part.content is not None, "reason": part.reason}
    if part.content is None:
        return told
    return {**told, "workbench": part.content} if name == "own" else {**told, **part.content}
