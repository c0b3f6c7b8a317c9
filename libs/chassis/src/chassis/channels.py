"""The only place that makes channels: load balancing, health checks, retries, deadlines, tokens and traces in one.

A client's calls fail with the same errors that its own code raises. What may safely be sent again is: questions, and
commands under a key; a command sent without one gets one here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import cache
from types import TracebackType
from typing import Any, Self

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.grpc_server import LARGEST_MESSAGE_BYTES
from chassis.health import READINESS
from chassis.methods import all_methods
from chassis.outgoing import Outgoing
from chassis.outgoing_interceptors import interceptors_of
from chassis.renewed_channel import RenewedChannel
from chassis.service_tokens import ServiceTokens
from chassis.transport_security import ClientCertificates

ATTEMPTS = 3
DEFAULT_DEADLINE_S = 5.0

_NO_PROXY = ("grpc.enable_http_proxy", 0)
"""A machine's proxy settings are for addresses elsewhere."""


class Channels:
    """One channel for each service that this process calls, opened at first use and closed together.

    Args:
        peers: address by service: `host:port`, or any gRPC target such as `dns:///lead-router-headless:50051`.
        tokens: this service's own tokens, for work without a user and for internal methods.
        certificates: for TLS, taken up anew when they are renewed; None speaks plaintext, which settings allow in
            development and within a mesh only.
        forwards: True at the gateway alone: it vouches for the address of its callers.
    """

    def __init__(
        self,
        peers: Mapping[str, str],
        *,
        tokens: ServiceTokens | None = None,
        certificates: ClientCertificates | None = None,
        forwards: bool = False,
    ) -> None:
        self._peers = dict(peers)
        self._tokens = tokens
        self._certificates = certificates
        self._forwards = forwards
        self._channels: dict[str, grpc.aio.Channel] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
        self._channels.clear()

    @property
    def peers(self) -> frozenset[str]:
        """The services that can be called."""
        return frozenset(self._peers)

    def to(self, peer: str) -> grpc.aio.Channel:
        """The channel to a service, for its stubs; connects at the first call.

        Raises:
            LookupError: no address is set for the service.
        """
        if peer not in self._peers:
            raise LookupError(f"no address is set for {peer}; PEERS names {sorted(self._peers)}")
        if peer not in self._channels:
            channel = self._channels[peer] = self._open(peer)
            self._stack.push_async_callback(channel.close)
        return self._channels[peer]

    def _open(self, peer: str) -> grpc.aio.Channel:
        address = self._peers[peer]
        target = address if ":/" in address or address.startswith(("ipv4:", "ipv6:", "unix:")) else f"dns:///{address}"
        outgoing = Outgoing(peer, self._tokens, forwards=self._forwards, default_deadline_s=DEFAULT_DEADLINE_S)
        options: dict[str, Any] = {"options": _options(), "interceptors": interceptors_of(outgoing)}
        if self._certificates is None:
            return grpc.aio.insecure_channel(target, **options)
        return RenewedChannel(
            self._certificates, lambda credentials: grpc.aio.secure_channel(target, credentials, **options)
        )


async def probe(listen: str, service: str, timeout_s: float = 2.0) -> bool:
    """Whether the server of this machine that listens there says SERVING for a name of its health service.

    Plaintext, for probes: a server that speaks TLS has `PROBE_LISTEN` beside it.
    """
    host, _, port = listen.rpartition(":")
    address = f"{'127.0.0.1' if host in ('', '0.0.0.0', '[::]') else host}:{port}"  # noqa: S104  # told apart, not bound
    async with grpc.aio.insecure_channel(address, options=(_NO_PROXY,)) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=timeout_s)
        except grpc.aio.AioRpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@cache
def _options() -> tuple[tuple[str, str | int], ...]:
    return (
        ("grpc.service_config", json.dumps(service_config())),
        ("grpc.service_config_disable_resolution", 1),
        ("grpc.enable_retries", 1),
        ("grpc.use_local_subchannel_pool", 1),
        _NO_PROXY,
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 2_000),
        ("grpc.dns_min_time_between_resolutions_ms", 1_000),
        ("grpc.max_receive_message_length", LARGEST_MESSAGE_BYTES),
        ("grpc.max_send_message_length", LARGEST_MESSAGE_BYTES),
    )


def service_config() -> dict[str, object]:
    """The gRPC service config of every channel (gRFC A2, A6, A17)."""
    repeatable = [
        {"service": rule.service, "method": rule.name.rpartition("/")[2]}
        for rule in all_methods().values()
        if rule.is_repeatable
    ]
    return {
        "loadBalancingConfig": [{"round_robin": {}}],
        "healthCheckConfig": {"serviceName": READINESS},
        # A tenth of the calls may be retries; beyond that a server is not helped by more of them.
        "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1},
        "methodConfig": [
            {
                "name": repeatable,
                "retryPolicy": {
                    "maxAttempts": ATTEMPTS,
                    "initialBackoff": "0.05s",
                    "maxBackoff": "1s",
                    "backoffMultiplier": 3,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ],
    }
