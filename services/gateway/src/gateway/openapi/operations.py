"""Routes as operations of the document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.openapi import constraints
from gateway.openapi.constraints import Schema, rules_of
from gateway.openapi.prose import description_of, summary_of
from gateway.openapi.schemas import Schemas
from gateway.transcoding.contracts import Contracts
from gateway.transcoding.json_mapper import is_map
from gateway.transcoding.money import MONEY_FIELDS
from gateway.transcoding.query import NOT_IN_A_QUERY, field_at
from gateway.transcoding.requests import MAX_KEY_LENGTH
from gateway.transcoding.routes import Route
from gateway.transcoding.well_known import well_known

PROBLEMS_OF_ALL = (400, 401, 403, 404, 429, 500, 503, 504)
_SERVICES = ["collab", "gateway", "lead-router", "pipeline", "scoring"]
_DEEPEST_PARAMETER = 3


class Operations:
    """Describes routes; the schemas they need gather in `schemas`."""

    def __init__(self, contracts: Contracts, schemas: Schemas) -> None:
        self._contracts = contracts
        self._schemas = schemas

    def of(self, route: Route) -> dict[str, Any]:
        """The operation object of a route."""
        comment = self._contracts.comment(route.method.full_name)
        operation: dict[str, Any] = {
            "operationId": route.method.name,
            "tags": [route.method.containing_service.name.removesuffix("Service")],
            "summary": summary_of(comment),
            "description": f"{description_of(comment)}\n\nNeeds the permission `{route.access.permission}`.",
            "parameters": [*self._path(route), *self._query(route), *_headers(route)],
            "responses": self._responses(route),
        }
        if body := self._body(route):
            operation["requestBody"] = body
        return operation

    def _path(self, route: Route) -> Iterator[dict[str, Any]]:
        for name in route.template.variables:
            field = field_at(route.request.descriptor, name.split("."))
            if not isinstance(field, FieldDescriptor):
                raise TypeError(f"{route.template}: {name} is no field of {route.request.descriptor.full_name}")
            schema = self._schemas.parameter(field)
            if route.owner is None and name == "service":
                schema = {"type": "string", "enum": _SERVICES}
            elif "pattern" not in schema:
                schema = {**schema, "minLength": max(1, schema.get("minLength", 0))}
            yield self._parameter(field, name, "path", schema, is_required=True)

    def _query(self, route: Route) -> Iterator[dict[str, Any]]:
        if route.body == "*":
            return
        descriptor = route.request.descriptor
        taken = {*route.template.variables, route.body}
        required = constraints.required_fields(descriptor)
        for name, field, schema in self._leaves(descriptor, "", _DEEPEST_PARAMETER):
            if name not in taken:
                yield self._parameter(field, name, "query", schema, is_required=name in required)

    def _leaves(self, descriptor: Descriptor, prefix: str, depth: int) -> Iterator[tuple[str, FieldDescriptor, Schema]]:
        for field in descriptor.fields:
            name, message = f"{prefix}{field.name}", field.message_type
            if is_map(field) or (message is not None and message.full_name in NOT_IN_A_QUERY):
                continue
            if message is not None and message.full_name == "google.type.Money":
                for member in MONEY_FIELDS:
                    yield f"{name}.{member}", field, {"type": "string"}
            elif message is None or well_known(message) is not None:
                yield name, field, self._schemas.parameter(field)
            elif depth > 1 and not field.is_repeated:
                yield from self._leaves(message, f"{name}.", depth - 1)

    def _parameter(
        self, field: FieldDescriptor, name: str, place: str, schema: Schema, *, is_required: bool
    ) -> dict[str, Any]:
        parameter: dict[str, Any] = {"name": name, "in": place, "required": is_required, "schema": schema}
        if description := description_of(self._contracts.comment(field.full_name)):
            parameter["description"] = description
        return parameter

    def _body(self, route: Route) -> dict[str, Any]:
        if not route.body:
            return {}
        if route.method.client_streaming:
            line = self._schemas.input(route.request.descriptor)
            text = {"type": "string", "description": "One JSON object in each line, of at most 256 KiB."}
            return {"required": True, "content": {"application/x-ndjson": {"schema": text, "x-line-schema": line}}}
        if route.body != "*":
            field = route.request.descriptor.fields_by_name[route.body]
            is_required = bool(rules_of(field).required)
            return {"required": is_required, "content": _json(self._schemas.body_field(field))}
        elsewhere = {*route.template.variables, *_by_header(route)}
        schema = self._schemas.input(route.request.descriptor, without=elsewhere)
        is_required = bool(constraints.required_fields(route.request.descriptor) - elsewhere)
        return {"required": is_required, "content": _json(schema)}

    def _responses(self, route: Route) -> dict[str, Any]:
        output = self._schemas.output(route.response.descriptor)
        if route.method.server_streaming:
            text = {"type": "string", "description": "Server-sent events named `message`; one that ends it: `problem`."}
            content: dict[str, Any] = {"text/event-stream": {"schema": text, "x-event-schema": output}}
        elif route.raw:
            content = {route.media_type: {"schema": {"type": "string", "format": "binary"}}}
        else:
            content = _json(output)
        headers = {name: {"$ref": f"#/components/headers/{name}"} for name in _answer_headers(route)}
        responses: dict[str, Any] = {"200": {"description": self._told(route), "headers": headers, "content": content}}
        if route.version_of is not None and route.http_method == "GET":
            responses["304"] = {
                "description": "Not modified: it is still what `If-None-Match` names.",
                "headers": headers,
            }
        for status in _problems(route):
            responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
        return responses

    def _told(self, route: Route) -> str:
        return summary_of(self._contracts.comment(route.method.output_type.full_name)) + "."


def _json(schema: Schema) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _by_header(route: Route) -> set[str]:
    """Fields for which a header stands. The body may hold them too, but a document can only tell one way as it is."""
    fields = {"request_id"} if route.takes_key else set()
    return fields | {"version"} if route.version_field is not None else fields


def _headers(route: Route) -> Iterator[dict[str, Any]]:
    names = ["AcceptLanguage", "XRequestId"]
    if route.takes_key:
        names.append("IdempotencyKey")
    if route.version_field is not None:
        may_be_first = "version" not in constraints.required_fields(route.request.descriptor)
        names.append("IfMatchOrFirst" if may_be_first else "IfMatch")
    if route.http_method == "GET" and route.version_of is not None:
        names.append("IfNoneMatch")
    yield from ({"$ref": f"#/components/parameters/{name}"} for name in names)


def _answer_headers(route: Route) -> list[str]:
    names = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "X-Request-Id"]
    if route.version_of is not None:
        names.append("ETag")
    return [*names, "Link"] if route.has_next_page else names


def _problems(route: Route) -> list[int]:
    problems = set(PROBLEMS_OF_ALL)
    if route.body:
        problems |= {413, 415}
    if route.access.command:
        problems |= {409, 422}
    if route.http_method.upper() == "POST":
        problems.add(409)  # it may be about something whose state forbids it
    if route.version_field is not None:
        problems |= {412, 428}
    return sorted(problems)


KEY_SCHEMA: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": "^[!-~]+$"}
