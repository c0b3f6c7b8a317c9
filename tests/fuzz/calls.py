"""Calls of any method with any bytes, found from the contracts; and what a refusal must look like."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import grpc
from google.protobuf.descriptor import Descriptor
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from chassis import role_table
from chassis.error_mapping import DOMAIN
from chassis.methods import MethodRule, all_methods
from embedded.services import OPERATOR, SERVICES
from gateway.transcoding.contracts import Contracts, owner_of
from gateway.transcoding.routes import OPERATIONS

from .company import SERVICE

Metadata = Mapping[str, str | bytes] | Mapping[str, str]

_OF_EVERY_SERVICE = OPERATIONS.rpartition(".")[0]
_AT_ONCE = 8
_PATIENCE_S = 60.0
_FIRST_ANSWER_S = 10.0
_DOCUMENTED = frozenset(
    {
        grpc.StatusCode.OK,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)
"""The codes of docs/errors.md by which a caller is at fault. None of the others may follow from what was sent."""


@dataclass(frozen=True, slots=True)
class Target:
    """One method as one service answers it."""

    service: str
    rule: MethodRule
    request: Descriptor

    def __str__(self) -> str:
        return f"{self.service}-{self.rule.name.rpartition('/')[2]}"

    @property
    def known(self) -> dict[str, str]:
        """What its requests name that differs from service to service."""
        return {"service": self.service, "consumer": f"{self.service}.directory"}

    @property
    def role(self) -> str:
        """Who calls it: of the roles that may, one that may most; a person where a person may."""
        table = role_table.RoleTable.load()
        roles = [role for role, held in table.scopes.items() if self.rule.permission in held and role in _CALLERS]
        services = {OPERATOR, SERVICE}
        widest = role_table.WIDEST_FIRST.index

        def order(role: str) -> tuple[bool, int, str]:
            return (role in services) is not self.rule.internal, widest(table.scopes[role][self.rule.permission]), role

        return min(roles, key=order)


_CALLERS = frozenset({"admin", "director", "rep", OPERATOR, SERVICE})


def targets() -> list[Target]:
    """Every method of every service: what the contracts declare, and the operations that each service answers."""
    return [
        Target(service, all_methods()[f"/{method.containing_service.full_name}/{method.name}"], method.input_type)
        for method in Contracts.load().methods
        for service in _answering(method.containing_service)
    ]


def _answering(declared: Any) -> Sequence[str]:
    return SERVICES if declared.file.package == _OF_EVERY_SERVICE else [owner_of(declared)]


@dataclass(frozen=True, slots=True)
class Answer:
    """How a call ended."""

    code: grpc.StatusCode
    text: str = ""
    status: status_pb2.Status | None = None

    @property
    def fault(self) -> str:
        """What is wrong with the answer itself; empty where nothing is."""
        if self.code not in _DOCUMENTED:
            return f"{self.code.name}: {self.text}"
        if self.code is grpc.StatusCode.OK or self._is_of_grpc_itself:
            return ""
        info = self._detail(error_details_pb2.ErrorInfo())
        if info is None or info.domain != DOMAIN or not info.reason:
            return f"{self.code.name} without a reason: {self.text}"
        if self.code is grpc.StatusCode.INVALID_ARGUMENT and self._detail(error_details_pb2.BadRequest()) is None:
            return f"{self.code.name} that names no field: {self.text}"
        return ""

    @property
    def _is_of_grpc_itself(self) -> bool:
        """A message beyond the limit is refused before any code of ours has seen it."""
        return self.code is grpc.StatusCode.RESOURCE_EXHAUSTED and self.status is None

    def _detail(self, into: Any) -> Any:
        packed = self.status.details if self.status is not None else ()
        return next((into for each in packed if each.Is(into.DESCRIPTOR) and each.Unpack(into)), None)


class Caller:
    """Sends bytes to methods."""

    def __init__(self, channels: Mapping[str, grpc.aio.Channel]) -> None:
        self._channels = channels

    @classmethod
    @asynccontextmanager
    async def to(cls, addresses: Mapping[str, str]) -> AsyncIterator[Caller]:
        """A caller of the services at these addresses."""
        # The services' own limit is to be met, not that of our side.
        options = [("grpc.max_send_message_length", -1)]
        channels = {name: grpc.aio.insecure_channel(at, options=options) for name, at in addresses.items()}
        try:
            yield cls(channels)
        finally:
            for channel in channels.values():
                await channel.close()

    async def all(self, target: Target, bodies: Iterable[bytes], metadata: Metadata) -> list[Answer]:
        """The answers to single messages, some of them sent at a time."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def one(body: bytes) -> Answer:
            async with places:
                return await self.one(target, body, metadata)

        return await asyncio.gather(*map(one, bodies))

    async def one(self, target: Target, body: bytes, metadata: Metadata) -> Answer:
        """The answer to a message; of an answer stream that stays open, its first message is enough."""
        channel: Any = self._channels[target.service]  # its stubs know no methods that take plain bytes
        name = target.rule.name
        sent = tuple(metadata.items())
        try:
            if target.rule.client_streams:
                await channel.stream_unary(name)([body], metadata=sent, timeout=_PATIENCE_S)
            elif target.rule.server_streams:
                await _first(channel.unary_stream(name)(body, metadata=sent, timeout=_FIRST_ANSWER_S))
            else:
                await channel.unary_unary(name)(body, metadata=sent, timeout=_PATIENCE_S)
        except grpc.aio.AioRpcError as error:
            return Answer(error.code(), error.details() or "", rpc_status.from_call(cast(Any, error)))
        return Answer(grpc.StatusCode.OK)


async def _first(call: Any) -> None:
    async for _ in call:
        break
    call.cancel()
