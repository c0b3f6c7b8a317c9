"""The rules that the contracts state for every RPC: who may call it, whether it changes anything.

They are read from the descriptor set that the contracts ship, so that a client knows the rules of a service whose
code it does not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto

from throughline.common.v1 import access_pb2

DEFAULT_DEADLINE_S = 10.0
"""Longest time that a call may take whose contract says nothing."""


@dataclass(frozen=True, slots=True)
class MethodRule:
    """What the contracts say about one RPC."""

    name: str
    """As on the wire: `/throughline.collab.v1.DirectoryService/GetMe`."""
    permission: str
    """Empty where the contract forgot it: such a method is refused to everybody."""
    internal: bool
    """True where it answers other services only."""
    command: bool
    """True where it changes state."""
    has_request_id: bool
    """Whether its request has an idempotency key."""
    client_streams: bool
    server_streams: bool
    deadline_s: float = DEFAULT_DEADLINE_S
    """Longest time that a call may take."""

    @property
    def service(self) -> str:
        """Full name of its service, for example `throughline.collab.v1.DirectoryService`."""
        return self.name.rpartition("/")[0].lstrip("/")

    @property
    def is_repeatable(self) -> bool:
        """Whether a call may be sent again when nobody knows if it arrived."""
        return not self.client_streams and (not self.command or self.has_request_id)


@cache
def descriptors() -> FileDescriptorSet:
    """All contracts and what they import, with comments."""
    return FileDescriptorSet.FromString(resources.files("throughline").joinpath("descriptors.binpb").read_bytes())


@cache
def all_methods() -> Mapping[str, MethodRule]:
    """The rule of every RPC, by its name on the wire."""
    files = [file for file in descriptors().file if file.package.startswith("throughline.")]
    keyed = {f".{file.package}.{name}" for file in files for name in _messages_with_request_id(file)}
    rules = (
        _rule(f"/{file.package}.{service.name}/{method.name}", method, method.input_type in keyed)
        for file in files
        for service in file.service
        for method in service.method
    )
    return MappingProxyType({rule.name: rule for rule in rules})


def _rule(name: str, method: MethodDescriptorProto, has_request_id: bool) -> MethodRule:
    access = method.options.Extensions[access_pb2.access]
    return MethodRule(
        name=name,
        permission=access.permission,
        internal=access.internal,
        command=access.command,
        has_request_id=has_request_id,
        client_streams=method.client_streaming,
        server_streams=method.server_streaming,
        deadline_s=float(access.deadline_s or DEFAULT_DEADLINE_S),
    )


def _messages_with_request_id(file: FileDescriptorProto) -> Iterator[str]:
    for message in file.message_type:
        if any(field.name == "request_id" for field in message.field):
            yield message.name
