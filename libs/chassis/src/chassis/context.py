"""Who asks, for which tenant, and under which key: known once per request, readable everywhere below."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

from chassis.ids import PersonId, TeamId, TenantId


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller: a person of a tenant, or a service."""

    kind: Literal["person", "service"]
    subject: str
    tenant_id: TenantId | None
    roles: frozenset[str]
    person_id: PersonId | None = None
    team_id: TeamId | None = None
    team_ids: frozenset[TeamId] = frozenset()
    """Teams whose things a person sees under team scope: those the person leads, with all teams below."""
    permissions: frozenset[str] | None = None
    """What the token allows, of all that the roles allow; None for all of it."""
    api_key_id: str = ""
    """API key by which the person's system calls; empty for the person."""

    @property
    def actor(self) -> str:
        """How audit rows and events name the caller: `person:<id>` or `service:<name>`."""
        return f"person:{self.person_id}" if self.kind == "person" else self.subject


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request, or one event or timer that stands for one."""

    principal: Principal
    tenant_id: TenantId | None
    """Tenant the work is done for; None only for calls of the platform's operator."""
    method: str
    """Full gRPC method name, or the consumer's or timer's name."""
    request_id: str = ""
    """Idempotency key; empty where the caller sent none."""
    request_hash: bytes = b""
    """SHA-256 of the request without its key: the same key with another hash is another request."""
    locale: str = "zh-CN"
    origin: str = ""
    """Address the call came from; empty for events and timers."""
    token: str = ""
    """The caller's bearer token, passed on to other services."""
    causation_id: str = ""
    """Event that led to this work; empty for a request."""


_current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def current() -> RequestContext:
    """The context of the running request.

    Raises:
        LookupError: nothing is running, which is a fault of wiring.
    """
    context = _current.get()
    if context is None:
        raise LookupError("no request is running")
    return context


def current_or_none() -> RequestContext | None:
    """The context of the running request, or None outside of one."""
    return _current.get()


@contextmanager
def bind(context: RequestContext) -> Iterator[RequestContext]:
    """Makes `context` the running request inside the block."""
    mark = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(mark)
