"""One running call, as the links of the chain see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import grpc
from google.protobuf.message import Message
from opentelemetry import trace

from chassis.context import Principal
from chassis.error_texts import Locale, chosen_locale
from chassis.methods import MethodRule


@dataclass(slots=True)
class Malformed:
    """Stands for a request whose bytes are no message of the expected type."""

    expected: str


@dataclass(slots=True)
class Call:
    """What is known of a call. Links add to it as they learn more."""

    rule: MethodRule
    context: grpc.aio.ServicerContext[Any, Any]
    incoming: Any
    """What the servicer is given: the request, or the messages of a client stream as they come."""
    request: Message | Malformed | None = field(init=False)
    """The request; None for a client stream, whose messages the servicer reads."""
    metadata: dict[str, str] = field(init=False)
    """Text metadata by lower-case key; of a repeated key the last."""
    principal: Principal | None = None
    span: trace.Span = trace.INVALID_SPAN

    def __post_init__(self) -> None:
        self.request = None if self.rule.client_streams else self.incoming
        pairs = self.context.invocation_metadata() or ()
        self.metadata = {key: value for key, value in pairs if isinstance(value, str)}

    @property
    def method(self) -> str:
        """Name on the wire, `/package.Service/Method`."""
        return self.rule.name

    @property
    def locale(self) -> Locale:
        """The language in which the caller wants to be answered."""
        return chosen_locale(self.metadata.get("accept-language", ""))

    @property
    def peer(self) -> str:
        """Address of the caller's end of the connection, without port; empty for a local socket."""
        kind, _, rest = self.context.peer().partition(":")
        if kind not in ("ipv4", "ipv6"):
            return ""
        return rest.rpartition(":")[0].replace("%5B", "").replace("%5D", "").strip("[]")


Proceed: TypeAlias = Callable[[Call], Awaitable[Any]]
"""The rest of the chain: the links further in, and the servicer at its end."""


class Link(Protocol):
    """Something that happens around every call."""

    async def around(self, proceed: Proceed, call: Call) -> Any:
        """Goes on by `proceed` and returns its answer; None for a stream of answers, which are sent by then."""
        ...
