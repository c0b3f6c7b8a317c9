"""The gRPC server of a service: the chain of links, health, reflection, limits, and a stop that loses no call."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Sequence
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from chassis.authentication import Authentication
from chassis.authorization import Authorizer
from chassis.health import LIVENESS, READINESS, Health
from chassis.interceptors.access import Access
from chassis.interceptors.chain import Chain
from chassis.interceptors.conflicts import Conflicts
from chassis.interceptors.deadline import Deadline
from chassis.interceptors.errors import Errors
from chassis.interceptors.identity import Identity
from chassis.interceptors.shedding import Shedding
from chassis.interceptors.telemetry import Telemetry
from chassis.interceptors.validation import Validation

LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024

_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_receive_message_length", LARGEST_MESSAGE_BYTES),
    ("grpc.max_send_message_length", LARGEST_MESSAGE_BYTES),
    ("grpc.max_metadata_size", 32 * 1024),
    ("grpc.max_concurrent_streams", 1000),
    # gRPC itself spreads the age by a tenth up and down, so that clients do not all come back at once.
    ("grpc.max_connection_age_ms", 5 * 60_000),
    ("grpc.max_connection_age_grace_ms", 30_000),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.http2.max_ping_strikes", 3),
    ("grpc.so_reuseport", 0),
)


class GrpcServer:
    """Serves the given servicers.

    Args:
        listen: `host:port`; port 0 picks a free one, which `port` tells.
        servicers: instances of generated `…Servicer` classes.
        identity: who calls.
        authorizer: who may.
        credentials: certificates of the server, checked against those of its clients; None serves plaintext, which
            settings allow in development and within a mesh only.
        probe_listen: `host:port` where health alone is served, in plaintext, beside a server with certificates.
        max_concurrent_calls: how many calls may run at a time before others are refused.
        default_deadline_s: for calls whose caller set none.
    """

    def __init__(
        self,
        listen: str,
        *,
        servicers: Sequence[object],
        identity: Authentication,
        authorizer: Authorizer,
        credentials: grpc.ServerCredentials | None = None,
        probe_listen: str | None = None,
        max_concurrent_calls: int = 200,
        default_deadline_s: float = 30.0,
    ) -> None:
        self._shedding = Shedding(max_concurrent_calls)
        chain = Chain(
            [
                Errors(),
                Telemetry(),
                self._shedding,
                Deadline(default_deadline_s),
                Identity(identity),
                Access(authorizer),
                Validation(),
                Conflicts(),
            ]
        )
        self._server = grpc.aio.server(interceptors=[chain], options=_OPTIONS)
        self._health = Health()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = [add_servicer(servicer, self._server) for servicer in servicers]
        reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], self._server)
        self.port = self._bind(listen, credentials)
        self.probe_port: int | None = None
        self._probes = grpc.aio.server() if probe_listen else None
        if self._probes is not None and probe_listen:
            health_pb2_grpc.add_HealthServicer_to_server(self._health, self._probes)
            self.probe_port = self._probes.add_insecure_port(probe_listen)

    async def start(self) -> None:
        """Begins to serve: alive, but ready only after `set_ready(True)`."""
        await self.set_ready(False)
        await self._health.set(LIVENESS, health_pb2.HealthCheckResponse.SERVING)
        if self._probes is not None:
            await self._probes.start()
        await self._server.start()

    async def set_ready(self, is_ready: bool) -> None:
        """What the readiness probe and the health checks of clients are told."""
        answer = health_pb2.HealthCheckResponse.SERVING if is_ready else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in ("", READINESS):
            await self._health.set(name, answer)

    async def announce_stop(self) -> None:
        """Tells all clients that this server is about to go, and goes on serving. It cannot be taken back."""
        await self._health.enter_graceful_shutdown()

    async def stop(self, grace_s: float) -> None:
        """Takes no more calls, lets the running ones end for at most `grace_s` seconds, then cancels what is left.

        Open streams of answers end at once with UNAVAILABLE, which tells their clients to open them elsewhere.
        """
        # Streams stay open as long as their clients like; those are no reason to wait.
        self._health.end_watches()
        self._shedding.end_streams()
        await self._server.stop(grace_s)
        if self._probes is not None:
            await self._probes.stop(0)

    async def drain(self, drain_s: float, grace_s: float) -> None:
        """Stops without a failed call: clients learn first that they should go elsewhere, and have time to do so."""
        await self.announce_stop()
        await asyncio.sleep(drain_s)
        await self.stop(grace_s)

    async def wait(self) -> None:
        """Waits until the server has stopped."""
        await self._server.wait_for_termination()

    def _bind(self, listen: str, credentials: grpc.ServerCredentials | None) -> int:
        if credentials is None:
            return self._server.add_insecure_port(listen)
        return self._server.add_secure_port(listen, credentials)


def add_servicer(servicer: object, server: grpc.aio.Server) -> str:
    """Registers a servicer by the generated function of its base class, and tells the full name of its service.

    Raises:
        TypeError: the object has no generated servicer among its bases.
    """
    for base in type(servicer).__mro__:
        register = _generated(base, f"add_{base.__name__}_to_server")
        if register is not None:
            register(servicer, server)
            messages = importlib.import_module(base.__module__.removesuffix("_grpc"))
            service = messages.DESCRIPTOR.services_by_name[base.__name__.removesuffix("Servicer")]
            return str(service.full_name)
    raise TypeError(f"{type(servicer).__name__} derives from no generated servicer")


def _generated(base: type, name: str) -> Callable[[object, grpc.aio.Server], Any] | None:
    if not base.__module__.endswith("_pb2_grpc"):
        return None
    return getattr(importlib.import_module(base.__module__), name, None)
