"""The REST surface: one route for each `google.api.http` rule of each method."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from mimetypes import guess_type
from typing import Any

from google.api import annotations_pb2
from google.api.http_pb2 import HttpRule
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from gateway.transcoding.contracts import Contracts, owner_of
from gateway.transcoding.json_mapper import JsonMapper, MessageMapper
from gateway.transcoding.path_template import Match, PathTemplate, PathTree
from gateway.transcoding.scalars import is_narrow_integer, is_wide_integer
from throughline.common.v1 import access_pb2

OPERATIONS = "throughline.operations.v1.OperationsService"
"""Every service answers it; the path names the one that is meant."""

_HTTP: Any = annotations_pb2.http  # typed as an ordinary field, but it is an extension


@dataclass(frozen=True)
class Route:
    """One way to reach one method."""

    method: MethodDescriptor
    http_method: str
    template: PathTemplate
    body: str
    """`*` where the body is the whole request, a field's name where it is that field, empty where there is none."""
    request: MessageMapper
    response: MessageMapper
    raw: str = ""
    """Field of the response that is the whole answer, sent as it is: a file. Empty for JSON."""

    @cached_property
    def media_type(self) -> str:
        """Of a file, by the ending of its path."""
        return guess_type(str(self.template))[0] or "application/octet-stream"

    @cached_property
    def grpc_path(self) -> str:
        """`/package.Service/Method`."""
        return f"/{self.method.containing_service.full_name}/{self.method.name}"

    @cached_property
    def owner(self) -> str | None:
        """Service that answers, for example `lead-router`; None where the path's `service` says which."""
        service = self.method.containing_service
        return None if service.full_name == OPERATIONS else owner_of(service)

    @cached_property
    def access(self) -> access_pb2.Access:
        """Who may call it, and whether it changes anything."""
        access: access_pb2.Access = self.method.GetOptions().Extensions[access_pb2.access]
        return access

    @cached_property
    def takes_key(self) -> bool:
        """Whether `Idempotency-Key` stands for a field of the request. Messages of a stream bring keys of their own."""
        field = self.request.descriptor.fields_by_name.get("request_id")
        return field is not None and field.type == FieldDescriptor.TYPE_STRING and not self.method.client_streaming

    @cached_property
    def version_field(self) -> FieldDescriptor | None:
        """The field that `If-Match` stands for: the `version` of a request that changes something."""
        field = _version(self.request.descriptor)
        return field if self.http_method != "GET" and not self.method.client_streaming else None

    @cached_property
    def version_of(self) -> Callable[[Any], int] | None:
        """Reads the version of the one resource in a response; None where it has none or several."""
        return version_reader(self.response.descriptor)

    @cached_property
    def has_next_page(self) -> bool:
        """Whether the response is a page of a list."""
        return "next_page_token" in self.response.descriptor.fields_by_name


class RouteTable:
    """All routes."""

    def __init__(self, contracts: Contracts, mapper: JsonMapper) -> None:
        self.routes = [route for method in contracts.methods for route in routes_of(method, mapper)]
        self._tree: PathTree[Route] = PathTree()
        for route in self.routes:
            self._tree.add(route.http_method, route.template, route)

    def match(self, http_method: str, raw_path: str) -> Match[Route] | None:
        """The route of a request; a HEAD is a GET without its body."""
        return self._tree.match("GET" if http_method == "HEAD" else http_method, raw_path)


def routes_of(method: MethodDescriptor, mapper: JsonMapper) -> Iterator[Route]:
    """The routes of one method; none for a method that other services alone may call.

    Raises:
        TypeError: the rule uses a form that REST cannot carry.
    """
    options = method.GetOptions()
    if not options.HasExtension(_HTTP):
        return
    first: HttpRule = options.Extensions[_HTTP]
    if method.client_streaming and method.server_streaming:
        raise TypeError(f"{method.full_name}: streams in both directions have no form in REST")
    for rule in (first, *first.additional_bindings):
        kind = rule.WhichOneof("pattern")
        if kind not in {"get", "put", "post", "delete", "patch"}:
            raise TypeError(f"{method.full_name}: a rule of kind {kind} is not routed")
        if rule.response_body and not _is_file(method.output_type, rule.response_body):
            raise TypeError(f"{method.full_name}: response_body is routed for a field of bytes alone")
        yield Route(
            method,
            kind.upper(),
            PathTemplate.parse(getattr(rule, kind)),
            rule.body,
            mapper.of(method.input_type),
            mapper.of(method.output_type),
            rule.response_body,
        )


def version_reader(response: Descriptor) -> Callable[[Any], int] | None:
    """Reads the `version` of the response itself, or of the only message in it that has one; 0 while that is unset."""
    if _version(response) is not None:
        return lambda message: int(message.version)
    holders = [
        field.name
        for field in response.fields
        if field.message_type is not None and not field.is_repeated and _version(field.message_type) is not None
    ]
    if len(holders) != 1:
        return None
    holder = holders[0]

    def read(message: Message) -> int:
        return int(getattr(message, holder).version)

    return read


def _is_file(response: Descriptor, name: str) -> bool:
    field = response.fields_by_name.get(name)
    return field is not None and not field.is_repeated and field.type == FieldDescriptor.TYPE_BYTES


def _version(descriptor: Descriptor) -> FieldDescriptor | None:
    field: FieldDescriptor | None = descriptor.fields_by_name.get("version")
    if field is None or field.is_repeated or not (is_narrow_integer(field.type) or is_wide_integer(field.type)):
        return None
    return field
