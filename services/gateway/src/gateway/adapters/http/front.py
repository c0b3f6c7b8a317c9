"""The outermost layer of every exchange: trace, caller, rate limit, common headers, and a problem for every failure."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from opentelemetry import trace

from chassis import logs, telemetry
from chassis import metric_names as names
from chassis.errors import Exhausted, ThroughlineError, Unauthenticated
from chassis.identity import VerifiedToken
from gateway.adapters.http.bodies import ClientGone
from gateway.adapters.http.exchange import Exchange, Scope
from gateway.adapters.http.problem import problem_of, status_of
from gateway.adapters.http.rate_limits import RateLimits, headers_of
from gateway.application.exchange_api_keys import ExchangedKey
from gateway.domain.api_key import looks_like_key
from gateway.domain.token_bucket import Rate

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

HEALTH_PATHS = frozenset({"/livez", "/readyz"})
"""Asked by probes every few seconds from one address: neither limited nor traced."""

_KEY_BURST_S = 5
"""An API key may use up so many seconds of its rate at once."""

_log = logs.logger(__name__)
_duration = telemetry.histogram(names.HTTP_SERVER_DURATION)

SECURITY_HEADERS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class VerifiesTokens(Protocol):
    """The part of `chassis.identity.TokenVerifier` that the front door needs."""

    async def verify(self, token: str) -> VerifiedToken: ...


ExchangesKeys = Callable[[str], Awaitable[ExchangedKey]]
"""`gateway.application.exchange_api_keys.ApiKeyExchange`."""


async def no_keys(_text: str) -> ExchangedKey:
    """Where there are no API keys, none is good."""
    raise Unauthenticated("API keys are not taken here")


class Front:
    """Wraps the application. Nothing that fails inside reaches the client but as a problem."""

    def __init__(
        self,
        application: Application,
        verifier: VerifiesTokens,
        limits: RateLimits,
        *,
        keys: ExchangesKeys = no_keys,
        is_https: bool = False,
    ) -> None:
        self._application = application
        self._verifier = verifier
        self._limits = limits
        self._keys = keys
        self._headers = dict(SECURITY_HEADERS)
        if is_https:
            self._headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI 3."""
        if scope["type"] != "http":
            raise TypeError(f"{scope['type']} is not served here")
        exchange = Exchange.of(scope)
        if scope["path"] in HEALTH_PATHS:
            exchange.answer_headers = dict(self._headers)
            await self._guarded(exchange, scope, receive, send)
            return
        began = time.perf_counter()
        attributes = {names.HTTP_METHOD: exchange.method}
        with telemetry.continued_span(
            exchange.method, exchange.headers.get("traceparent", ""), attributes=attributes
        ) as span:
            span_context = span.get_span_context()
            if span_context.is_valid:
                exchange.trace_id = trace.format_trace_id(span_context.trace_id)
            exchange.answer_headers = {**self._headers, "x-request-id": exchange.request_id, **_traced()}
            status = await self._guarded(exchange, scope, receive, send)
            labels: dict[str, str | int] = {**attributes, names.HTTP_ROUTE: exchange.route, names.HTTP_STATUS: status}
            span.update_name(f"{exchange.method} {exchange.route}".strip())
            span.set_attributes(labels)
            if status >= 500:
                span.set_status(trace.StatusCode.ERROR)
            _duration.record(time.perf_counter() - began, labels)

    async def _guarded(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> int:
        """Runs the application and returns the status that was sent."""
        answer = _Answer(exchange, send)
        try:
            if scope["path"] not in HEALTH_PATHS:
                await self._admit(exchange)
            await self._application(scope, receive, answer.send)
        except ClientGone:
            return 499
        except Exception as error:  # noqa: BLE001  # the last line of defence: whatever it is, the client gets a problem
            await self._tell(exchange, answer, error)
        return answer.status

    async def _admit(self, exchange: Exchange) -> None:
        """Finds out who calls and takes a token from the right bucket. Who may call what is decided further in."""
        scheme, _, token = exchange.headers.get("authorization", "").partition(" ")
        key_rate = None
        if scheme.lower() == "bearer" and token.strip():
            exchange.token = token.strip()
            try:
                if looks_like_key(exchange.token):
                    key_rate = await self._exchange_key(exchange)
                exchange.caller = await self._verifier.verify(exchange.token)
            except ThroughlineError as refusal:
                exchange.refusal = refusal
        if exchange.caller is None:
            allowance = self._limits.take_anonymous(exchange.address)
        elif key_rate is not None:
            allowance = self._limits.take_key(exchange.caller.tenant_id or "", exchange.caller.api_key_id, key_rate)
        else:
            allowance = self._limits.take(exchange.caller.tenant_id or "", exchange.caller.subject)
        exchange.answer_headers |= headers_of(allowance)
        if not allowance.is_allowed:
            raise Exhausted(allowance.retry_after_s)

    async def _exchange_key(self, exchange: Exchange) -> Rate:
        """Puts a token in the place of the API key, which goes no further; tells how often the key may be used."""
        exchanged = await self._keys(exchange.token)
        exchange.token = exchanged.token.text
        return Rate(exchanged.key.rate_per_s, exchanged.key.rate_per_s * _KEY_BURST_S)

    async def _tell(self, exchange: Exchange, answer: _Answer, error: Exception) -> None:
        if status_of(error) == 500:
            _log.error("request_failed", route=exchange.route, fault=type(error).__name__, exc_info=error)
        if answer.has_started:
            return  # the client sees a body that ends too early, which is all that HTTP leaves to say
        problem = problem_of(
            error,
            exchange.locale,
            instance=exchange.raw_path,
            trace_id=exchange.trace_id,
            has_token=bool(exchange.token),
        )
        is_head = exchange.method == "HEAD"
        await send_whole(answer.send, problem.status, problem.headers, problem.body, is_head=is_head)


class _Answer:
    """Adds the common headers to what is sent and remembers the status."""

    def __init__(self, exchange: Exchange, send: Send) -> None:
        self._exchange = exchange
        self._send = send
        self.status = 500
        self.has_started = False

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.has_started = True
            self.status = int(message["status"])
            given = {name.lower() for name, _ in message.get("headers", ())}
            common = [
                (name.encode("latin-1"), value.encode("latin-1"))
                for name, value in self._exchange.answer_headers.items()
                if name.encode("latin-1") not in given
            ]
            message = {**message, "headers": [*message.get("headers", ()), *common]}
        await self._send(message)


def _traced() -> dict[str, str]:
    traceparent = telemetry.inject()
    return {"traceparent": traceparent} if traceparent else {}


async def send_whole(
    send: Send, status: int, headers: Mapping[str, str], body: bytes, *, is_head: bool = False
) -> None:
    """Sends an answer in one piece; the answer to a HEAD tells the length of a body that it leaves out."""
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    if status not in {204, 304}:
        lines.append((b"content-length", str(len(body)).encode("ascii")))
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": b"" if is_head else body})
