"""Runs a process that answers calls, works, or both; `chassis.command` chooses.

Stops in the order that loses nothing: health says not serving, calls go on for a while, consumers finish their batch,
the server ends, pools close. A part that fails for good ends the process, so that it is started anew.
"""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import TypeVar

import uvloop

from chassis import telemetry
from chassis.authentication import Authentication
from chassis.clock import BusinessClock
from chassis.directory import DIRECTORY_AGGREGATES, handlers
from chassis.failpoints import failpoints
from chassis.grpc_server import GrpcServer
from chassis.identity import TokenVerifier
from chassis.migrations import is_migrated
from chassis.operations_servicer import OperationsServicer
from chassis.record_servicer import RecordServicer
from chassis.runtime import Runtime, open_runtime
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.subscription import Subscription
from chassis.transport_security import server_credentials
from chassis.worker import Worker

S = TypeVar("S", bound=ServiceSettings)
Build = Callable[[Runtime[S]], Awaitable[Service]]

_READINESS_EVERY_S = 1.0
_NEW_OBJECTS = 10_000
"""After so many new objects the collector looks for circles among them."""


def run(settings: S, build: Build[S], *, serves: bool, works: bool) -> None:
    """Runs the parts that `build` makes until the process is told to stop."""
    failpoints.arm(settings.failpoints)
    uvloop.run(_run(settings, build, serves=serves, works=works))


async def _run(settings: S, build: Build[S], *, serves: bool, works: bool) -> None:
    started = telemetry.start(
        settings.service,
        otlp_endpoint=settings.otlp_endpoint,
        metrics_listen=settings.metrics_listen,
        version=version(f"throughline-{settings.service}"),
        environment=settings.environment,
        sampled_share=settings.traces_sampled_share,
    )
    try:
        async with open_runtime(settings) as runtime:
            process = _Process(runtime, await build(runtime))
            _spare_collector()
            await process.run(serves=serves, works=works)
    finally:
        started.shutdown()


def _spare_collector() -> None:
    """Tells the garbage collector that what stands now stays for good.

    Modules, descriptors and pools are 350,000 objects. Walked through again and again under load they cost up to a
    tenth of the processor time, in pauses during which every call stood still.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 20)


class _Process:
    def __init__(self, runtime: Runtime[S], service: Service) -> None:
        settings = runtime.settings
        directory = Subscription(f"{settings.service}.directory", DIRECTORY_AGGREGATES, handlers())
        self._runtime = runtime
        self._settings = settings
        self._service = service
        self._worker = Worker(runtime.database, runtime.kafka, service, directory)
        clock = BusinessClock(runtime.database, is_movable=settings.clock_movable)
        operations = OperationsServicer(runtime.database, clock, service, self._worker)
        verifier = TokenVerifier(settings.issuers, runtime.http)
        self._server = GrpcServer(
            settings.grpc_listen,
            servicers=[*service.servicers, operations, RecordServicer(runtime.database, service)],
            identity=Authentication(verifier, runtime.directory),
            authorizer=runtime.authorizer,
            credentials=server_credentials(settings),
            probe_listen=settings.probe_listen,
            max_concurrent_calls=settings.max_concurrent_calls,
        )

    async def run(self, *, serves: bool, works: bool) -> None:
        """Runs until SIGTERM or SIGINT, or until a part fails for good."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await self._server.start()
        parts: list[Awaitable[None]] = [self._keep_readiness()]
        if serves:
            parts += [serving() for serving in self._service.serving]
        if works:
            parts.append(self._worker.run())
        running: list[asyncio.Future[None]] = [asyncio.ensure_future(part) for part in parts]
        stopping = asyncio.ensure_future(_wait_for(stop))
        done, _ = await asyncio.wait([stopping, *running], return_when=asyncio.FIRST_COMPLETED)
        await self._stop(running)
        for part in done - {stopping}:
            part.result()  # raises what ended it

    async def _keep_readiness(self) -> None:
        """Ready while the schema is there and the pool can serve; a broker that is down changes nothing."""
        while True:
            await self._server.set_ready(await is_migrated(self._runtime.database, self._settings.import_name))
            await asyncio.sleep(_READINESS_EVERY_S)

    async def _stop(self, running: list[asyncio.Future[None]]) -> None:
        running[0].cancel()  # readiness is told by the drain from here on
        await asyncio.wait(running[:1])
        await self._server.announce_stop()
        for leave in self._service.leaving:
            leave()
        await asyncio.sleep(self._settings.drain_s)
        for part in running:
            part.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._server.stop(self._settings.grace_s)


async def _wait_for(event: asyncio.Event) -> None:
    await event.wait()
