"""What every call to another service carries: a deadline, a token, the language, the trace, a key."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message import Message
from opentelemetry import trace

from chassis import context, deadlines, telemetry
from chassis import metric_names as names
from chassis.error_mapping import code_of, from_rpc_error
from chassis.errors import DeadlineExceeded, ThroughlineError
from chassis.ids import new_id
from chassis.methods import MethodRule, all_methods
from chassis.requests import KEY_FIELD
from chassis.service_tokens import ServiceTokens

_duration = telemetry.histogram(names.RPC_CLIENT_CALL_DURATION)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Prepares calls to one peer and reads their failures."""

    peer: str
    tokens: ServiceTokens | None
    forwards: bool
    default_deadline_s: float

    async def prepared(self, details: grpc.aio.ClientCallDetails, *, streams: bool) -> grpc.aio.ClientCallDetails:
        """The call's details with deadline and metadata. What the caller has set stays.

        Raises:
            DeadlineExceeded: no time is left.
            Unreachable: the service's own token is needed and cannot be had.
        """
        timeout_s = self._timeout_s(details.timeout, streams=streams)
        if timeout_s is not None and timeout_s <= 0:
            raise DeadlineExceeded(self.peer)
        metadata = grpc.aio.Metadata(*(details.metadata or ()))
        given = {key for key, _ in metadata}
        for key, value in (await self._metadata(method_of(details), has_token="authorization" in given)).items():
            if value and key not in given:
                metadata.add(key, value)
        return grpc.aio.ClientCallDetails(
            details.method, timeout_s, metadata, details.credentials, details.wait_for_ready
        )

    def _timeout_s(self, asked_s: float | None, *, streams: bool) -> float | None:
        """The caller's own, or the default for a single answer; never more than the running request has left."""
        limits = [asked_s if asked_s is not None or streams else self.default_deadline_s, deadlines.remaining_s()]
        return min((limit for limit in limits if limit is not None), default=None)

    async def _metadata(self, method: str, *, has_token: bool) -> dict[str, str]:
        request = context.current_or_none()
        found: dict[str, str] = {}
        telemetry.inject_into(found)
        if request is not None:
            found["accept-language"] = request.locale
            found["x-tenant"] = request.tenant_id or ""
        if not has_token:
            found["authorization"] = f"Bearer {await self._token(method, request)}"
        if self.forwards and request is not None and request.origin:
            found["x-forwarded-for"] = request.origin
            found["x-forwarder-authorization"] = f"Bearer {await self._own_token()}"
        return found

    async def _token(self, method: str, request: context.RequestContext | None) -> str:
        """The caller's own token where the method is for callers, else this service's: rights are never widened."""
        rule = all_methods().get(method)
        is_internal = rule is not None and rule.internal
        if request is None or not request.token or "service" in request.principal.roles:
            return await self._own_token()
        if is_internal and "operator" not in request.principal.roles:
            return await self._own_token()
        return request.token

    async def _own_token(self) -> str:
        if self.tokens is None:
            raise LookupError(f"calling {self.peer} needs a service token, and none is configured")
        return await self.tokens.get()

    @contextmanager
    def observed(self, method: str) -> Iterator[None]:
        """A client span and a duration around a call; its failures leave as domain errors."""
        attributes = {names.RPC_SYSTEM: "grpc", names.RPC_METHOD: method.lstrip("/"), names.SERVER_NAME: self.peer}
        began, code = time.perf_counter(), grpc.StatusCode.OK
        with telemetry.tracer.start_as_current_span(
            method.lstrip("/"),
            kind=trace.SpanKind.CLIENT,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                with self.translated():
                    yield
            except ThroughlineError as error:
                code = _code_seen(error)
                span.set_attribute(names.ERROR_REASON, error.reason)
                span.set_status(trace.StatusCode.ERROR, error.reason)
                raise
            except BaseException:
                code = grpc.StatusCode.CANCELLED
                raise
            finally:
                labels = {**attributes, names.RPC_STATUS: code.name}
                span.set_attributes(labels)
                _duration.record(time.perf_counter() - began, labels)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turns failed calls into domain errors."""
        try:
            yield
        except grpc.aio.AioRpcError as failure:
            raise from_rpc_error(failure, self.peer) from failure


def _code_seen(error: ThroughlineError) -> grpc.StatusCode:
    """The status on the wire, where there was one; a `CANCELLED` of a stopping server is not an `UNAVAILABLE`."""
    failure = error.__cause__
    return failure.code() if isinstance(failure, grpc.aio.AioRpcError) else code_of(error)


def method_of(details: grpc.aio.ClientCallDetails) -> str:
    """Name of the called method; gRPC keeps it as bytes or text."""
    method: Any = details.method
    return method.decode() if isinstance(method, bytes) else str(method)


def keyed(request: Any, rule: MethodRule | None) -> Any:
    """The request, with a key of its own where it is a command without one: so its retries are one command."""
    if rule is None or not rule.command or not rule.has_request_id or not isinstance(request, Message):
        return request
    if getattr(request, KEY_FIELD):
        return request
    named = type(request)()
    named.CopyFrom(request)
    setattr(named, KEY_FIELD, new_id())
    return named
