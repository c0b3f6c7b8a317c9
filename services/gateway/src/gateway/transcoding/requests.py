"""One request message out of path, query, body and headers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from google.protobuf.message import Message

from chassis.errors import Invalid, Violation
from gateway.errors import VersionRequired
from gateway.transcoding.entity_tags import version_in
from gateway.transcoding.faults import Fault, Faulty
from gateway.transcoding.json_text import Json
from gateway.transcoding.query import as_json, field_at, put, put_query
from gateway.transcoding.routes import Route
from gateway.transcoding.scalars import is_wide_integer

MAX_KEY_LENGTH = 200
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class RequestParts:
    """What a client sent."""

    path: Mapping[str, str]
    query: Iterable[tuple[str, str]] = ()
    body: Json = None
    has_body: bool = False
    idempotency_key: str | None = None
    if_match: str | None = None
    if_none_match: str | None = None


def read_request(route: Route, parts: RequestParts) -> Message:
    """The request message.

    Raises:
        Invalid: names every fault of path, query, body and headers.
        VersionRequired: all is well, but nothing says which version of the resource the caller saw.
    """
    document, faults = _body(route, parts)
    faults += put_query(document, parts.query, route.request.descriptor)
    faults += _put_path(document, route, parts)
    violations = [*_put_key(document, route, parts), *_put_version(document, route, parts)]
    message = None
    try:
        message = route.request.decode(document)
    except Faulty as inside:
        faults += inside.faults
    if message is None or faults or violations:
        raise Invalid([*(fault.as_violation() for fault in faults), *violations])
    if route.version_field is not None and "version" not in document:
        raise VersionRequired(route.request.descriptor.name.removesuffix("Request"))
    return message


def _body(route: Route, parts: RequestParts) -> tuple[dict[str, Json], list[Fault]]:
    if not parts.has_body:
        return {}, []
    if not route.body:
        return {}, [Fault((), "body", "must be empty: this call takes no body")]
    if route.body != "*":
        return {route.body: parts.body}, []
    if not isinstance(parts.body, dict):
        return {}, [Fault((), "object", "must be an object")]
    return dict(parts.body), []


def _put_path(document: dict[str, Json], route: Route, parts: RequestParts) -> list[Fault]:
    faults = []
    for name, text in parts.path.items():
        steps = name.split(".")
        field = field_at(route.request.descriptor, steps)
        if field is None or not put(document, steps, field, text):
            faults.append(Fault(tuple(steps), "given_twice", "is given by the path alone"))
    return faults


def _put_key(document: dict[str, Json], route: Route, parts: RequestParts) -> Iterable[Violation]:
    key = parts.idempotency_key
    if key is None or not route.takes_key:
        return
    if not _KEY.fullmatch(key):
        limit = f"must be 1 to {MAX_KEY_LENGTH} visible ASCII characters"
        yield Violation("Idempotency-Key", "idempotency_key", limit)
    elif document.get("request_id", "") not in ("", key):
        yield Violation("request_id", "given_twice", "differs from Idempotency-Key")
    else:
        document["request_id"] = key


def _put_version(document: dict[str, Json], route: Route, parts: RequestParts) -> Iterable[Violation]:
    field = route.version_field
    if field is None:
        return
    if parts.if_match is not None and parts.if_match.strip() != "*":
        try:
            version = version_in(parts.if_match)
        except Invalid as refusal:
            yield from refusal.violations
            return
    elif (parts.if_none_match or "").strip() == "*":
        version = 0  # "only where there is none yet"
    else:
        return
    wanted = str(version) if is_wide_integer(field.type) else as_json(field, str(version))
    if document.setdefault("version", wanted) != wanted:
        yield Violation("version", "given_twice", "differs from If-Match")
