"""Sends deliveries over HTTP/1.1: no redirects, no proxy, a bounded time, and no more read of an answer than needed."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpcore

from chassis import metric_names as names
from chassis import telemetry
from gateway.adapters.webhooks.guarded_network import AddressRefused, GuardedNetwork
from gateway.adapters.webhooks.signatures import headers_of
from gateway.application.webhook_ports import SecretVault
from gateway.domain.delivery import Attempt, Delivery, Fault
from gateway.domain.webhook import Webhook

_TIMEOUT_S = 15.0
"""From the name of the host to the end of the answer."""
_CONNECT_TIMEOUT_S = 5.0
_MOST_READ_BYTES = 16 * 1024
"""Of an answer's body, which nobody looks at: more is left unread and the connection closed."""
_MOST_CONNECTIONS = 64
_LONGEST_RETRY_AFTER_S = 86_400

_sent = telemetry.histogram(names.WEBHOOK_ATTEMPTS)


class HttpSender:
    """One for a process: receivers that get much keep their connection."""

    def __init__(
        self,
        vault: SecretVault,
        pool: httpcore.AsyncConnectionPool,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout_s: float = _TIMEOUT_S,
    ) -> None:
        self._vault = vault
        self._pool = pool
        self._now = now
        self._timeout_s = timeout_s

    async def send(self, webhook: Webhook, delivery: Delivery) -> Attempt:
        """Sends one delivery and tells what came of it.

        Raises:
            Unreachable: a secret cannot be opened here.
        """
        at, began = self._now(), time.perf_counter()
        secrets = [self._vault.open(sealed, webhook.id) for sealed in webhook.secrets.at(at)]
        body = delivery.body.encode()
        headers = headers_of(delivery.event_id, int(at.timestamp()), body, secrets)
        status, retry_after, fault = 0, None, Fault.NONE
        try:
            async with asyncio.timeout(self._timeout_s):
                status, retry_after = await self._post(webhook.spec.url, headers, body)
        except (TimeoutError, httpcore.TimeoutException):
            fault = Fault.TIMEOUT
        except AddressRefused:
            fault = Fault.ADDRESS
        except httpcore.ProtocolError:
            fault = Fault.RESPONSE
        except (httpcore.NetworkError, OSError) as error:
            fault = Fault.TLS if _is_tls(error) else Fault.CONNECTION
        else:
            fault = Fault.NONE if 200 <= status < 300 else Fault.STATUS
        took_s = time.perf_counter() - began
        _sent.record(took_s, {names.OUTCOME: fault.value or "taken"})
        return Attempt(at, timedelta(seconds=took_s), status, fault, retry_after)

    async def _post(self, url: str, headers: dict[str, str], body: bytes) -> tuple[int, timedelta | None]:
        sent: Sequence[tuple[str, str]] = [
            ("content-type", "application/json"),
            ("user-agent", "Throughline-Webhooks/1"),
            ("accept", "*/*"),
            *headers.items(),
        ]
        timeouts = {"connect": _CONNECT_TIMEOUT_S, "read": self._timeout_s, "write": self._timeout_s}
        extensions = {"timeout": {**timeouts, "pool": self._timeout_s}}
        async with self._pool.stream("POST", url, headers=sent, content=body, extensions=extensions) as answer:
            read = 0
            async for chunk in answer.aiter_stream():
                read += len(chunk)
                if read > _MOST_READ_BYTES:
                    break
            return answer.status, _retry_after(answer)


@asynccontextmanager
async def open_pool(network: GuardedNetwork) -> AsyncIterator[httpcore.AsyncConnectionPool]:
    """The connections of a process, closed when the block ends."""
    async with httpcore.AsyncConnectionPool(
        ssl_context=ssl.create_default_context(),
        max_connections=_MOST_CONNECTIONS,
        max_keepalive_connections=16,
        keepalive_expiry=5.0,
        network_backend=network,
    ) as pool:
        yield pool


def _retry_after(answer: httpcore.Response) -> timedelta | None:
    """What the receiver asks for in seconds; dates are not read."""
    for name, value in answer.headers:
        if name.lower() == b"retry-after" and value.isdigit() and int(value) <= _LONGEST_RETRY_AFTER_S:
            return timedelta(seconds=int(value))
    return None


def _is_tls(error: BaseException) -> bool:
    """Whether it was the certificate or the handshake: httpcore keeps the first cause behind its own class."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
