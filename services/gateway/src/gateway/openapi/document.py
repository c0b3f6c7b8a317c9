"""The whole document: paths, components, and the routes that are written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from gateway.adapters.http.problem import TITLES
from gateway.openapi.constraints import Schema
from gateway.openapi.operations import KEY_SCHEMA, Operations
from gateway.openapi.prose import description_of
from gateway.openapi.schemas import Schemas
from gateway.transcoding.contracts import Contracts
from gateway.transcoding.routes import Route

Paths = dict[str, dict[str, Any]]

_ABOUT = """\
REST over the suite's gRPC contracts.

Names are snake_case. Enum values are words without prefix, times RFC 3339 in UTC, 64-bit integers strings, money an
exact decimal in a string. Times lie in the years 1900 to 2199, and no text holds the character NUL. An answer has all
its fields; what has no value is `null`. A request may leave fields out, or give `null` where an answer may hold it;
unknown fields are refused.

Commands take an `Idempotency-Key`: repeating one within 24 hours returns the first answer. What changes a resource
needs the version that you saw, as `If-Match`. Both may stand in the body instead, as `request_id` and `version`. Errors
are `application/problem+json`.
"""


def document(
    contracts: Contracts, routes: Sequence[Route], by_hand: Mapping[str, Any] | None = None, *, server: str = "/"
) -> dict[str, Any]:
    """The OpenAPI 3.1 document.

    Args:
        contracts: where the words are from.
        routes: all that is transcoded.
        by_hand: path items of further routes.
        server: public address of the gateway.
    """
    schemas = Schemas(contracts)
    operations = Operations(contracts, schemas)
    paths: Paths = {}
    for route in routes:
        paths.setdefault(str(route.template), {})[route.http_method.lower()] = operations.of(route)
    paths.update(by_hand or {})
    return {
        "openapi": "3.1.0",
        "info": {"title": "Throughline", "version": version("throughline-gateway"), "description": _ABOUT},
        "servers": [{"url": server}],
        "security": [{"bearer": []}],
        "tags": _tags(contracts, routes),
        "paths": dict(sorted(paths.items())),
        "components": _components(schemas),
    }


_CREDENTIALS = "A token of a trusted OpenID Connect provider, or an API key (`tlk_…`), which acts as one person."


def _tags(contracts: Contracts, routes: Sequence[Route]) -> list[dict[str, Any]]:
    services = {route.method.containing_service.full_name: route.method.containing_service for route in routes}
    return [
        {"name": service.name.removesuffix("Service"), "description": description_of(contracts.comment(name))}
        for name, service in sorted(services.items(), key=lambda item: str(item[1].name))
    ]


def _components(schemas: Schemas) -> dict[str, Any]:
    return {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": _CREDENTIALS}
        },
        "schemas": {"Problem": PROBLEM, **dict(sorted(schemas.components.items()))},
        "responses": {f"Problem{status}": _problem(status) for status in TITLES},
        "parameters": PARAMETERS,
        "headers": HEADERS,
    }


def _problem(status: int) -> dict[str, Any]:
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id",)}
    if status in {429, 503}:
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    return {
        "description": f"{TITLES[status]['en']} {TITLES[status]['zh-CN']}.",
        "headers": headers,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _text(description: str, **more: Any) -> Schema:
    return {"type": "string", "description": description, **more}


PROBLEM: Schema = {
    "type": "object",
    "description": "An error, by RFC 9457.",
    "properties": {
        "type": _text("Address of the page about the reason.", format="uri-reference"),
        "title": _text("What kind of error it is, in the language asked for."),
        "status": {"type": "integer", "description": "HTTP status."},
        "detail": _text("What happened, in the language asked for."),
        "instance": _text("Path of the request."),
        "reason": _text("Stable reason, for programs.", examples=["STALE_VERSION"]),
        "metadata": {
            "type": "object",
            "description": "Every value of the texts, so that clients can build their own.",
            "additionalProperties": {"type": "string"},
        },
        "violations": {
            "type": "array",
            "description": "All faulty fields; empty for other errors.",
            "items": {
                "type": "object",
                "properties": {
                    "field": _text('Path in the JSON, for example `rows[2].submission.custom["a b"]`.'),
                    "reason": _text("Stable reason, for programs."),
                    "message": _text("What is wrong, in English."),
                },
                "required": ["field", "reason", "message"],
            },
        },
        "trace_id": _text("Trace under which our logs tell more; may be empty."),
    },
    "required": ["type", "title", "status", "detail", "instance", "reason", "metadata", "violations", "trace_id"],
}


def _header_parameter(name: str, description: str, schema: Schema, *, is_required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": is_required, "description": description, "schema": schema}


PARAMETERS: dict[str, Any] = {
    "AcceptLanguage": _header_parameter(
        "Accept-Language", "Language of error texts: `zh-CN` (default) or `en`.", {"type": "string"}
    ),
    "XRequestId": _header_parameter(
        "X-Request-Id",
        "An id of yours that comes back: up to 128 letters, digits and `._:/+=-`; another is replaced.",
        {"type": "string"},
    ),
    "IdempotencyKey": _header_parameter(
        "Idempotency-Key",
        "Names this command: a repeat under the same key returns the first answer.",
        KEY_SCHEMA,
    ),
    "IfMatch": _header_parameter(
        "If-Match",
        '`ETag` of the resource as you saw it, or its version: `"7"`.',
        {"type": "string", "pattern": '^"[1-9][0-9]{0,8}(-[0-9a-f]{1,32})?"$'},
        is_required=True,
    ),
    "IfMatchOrFirst": _header_parameter(
        "If-Match",
        '`ETag` of the resource as you saw it, or its version: `"7"`; `"0"` where there is none yet.',
        {"type": "string", "pattern": '^"(0|[1-9][0-9]{0,8})(-[0-9a-f]{1,32})?"$'},
        is_required=True,
    ),
    "IfNoneMatch": _header_parameter(
        "If-None-Match", "`ETag` of what you have: the answer is 304 where that still holds.", {"type": "string"}
    ),
}
HEADERS: dict[str, Any] = {
    "ETag": {"description": "Version of the resource, for `If-Match`.", "schema": {"type": "string"}},
    "Link": {
        "description": 'Address of the next page (`rel="next"`); absent on the last.',
        "schema": {"type": "string"},
    },
    "RateLimit-Limit": {"description": "Requests that a full allowance has.", "schema": {"type": "integer"}},
    "RateLimit-Remaining": {"description": "Requests left of it.", "schema": {"type": "integer"}},
    "RateLimit-Reset": {"description": "Seconds until it is full again.", "schema": {"type": "integer"}},
    "Retry-After": {"description": "Seconds after which to come again.", "schema": {"type": "integer"}},
    "X-Request-Id": {"description": "Id of the request: yours, or one of ours.", "schema": {"type": "string"}},
}
