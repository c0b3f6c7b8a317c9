"""Worker processes of the ledger service, for tests that start, stop and kill them.

Each is the chassis' real `Worker` in a process of its own. They are forked from a server that has imported the chassis
once, so that one is up in milliseconds.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection

from chassis import logs
from chassis.database import Database
from chassis.event_headers import Event
from chassis.failpoints import failpoints
from chassis.kafka_clients import KafkaSettings
from chassis.service import Service
from chassis.subscription import Subscription
from chassis.timers import Timer, TimerKind
from chassis.worker import Worker
from support.ledger import SERVICE, ambient, write_effect
from throughline.pipeline.v1.events_pb2 import FollowUpRecorded

TICK = "ledger.tick"
TICK_EVERY = 5
"""Every event whose version this number divides sets a timer, which is due at once."""
_SESSION_MS = 4_000
_PATIENCE_S = 60
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["__main__", "chassis.process"])


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """What a worker process needs to know."""

    database_url: str
    bootstrap: str
    is_embedded: bool
    aggregate: str
    consumer: str

    @property
    def kafka(self) -> KafkaSettings:
        """The broker, with a short group session, so that the group soon forgets who was killed."""
        return KafkaSettings(self.bootstrap, is_embedded=self.is_embedded, session_timeout_ms=_SESSION_MS)


class LedgerWorker:
    """One running worker process."""

    def __init__(self, plan: WorkerPlan) -> None:
        self._orders, orders = _processes.Pipe()
        self._process = _processes.Process(target=_work, args=(plan, orders), daemon=True)
        self._process.start()
        orders.close()

    @property
    def is_alive(self) -> bool:
        """Whether the process is there."""
        return self._process.is_alive()

    @property
    def exit_status(self) -> int | None:
        """As of `subprocess`: negative for the signal that killed it; None while it runs."""
        return self._process.exitcode

    def arm(self, plan: str) -> None:
        """Arms failpoints of the running process, such as `relay.sent:3`."""
        with suppress(BrokenPipeError):  # it is gone already
            self._orders.send(plan)

    def stop(self) -> None:
        """Sends SIGTERM and waits: the running batch is finished first. A worker still starting comes up first."""
        if self.is_alive:
            assert self._orders.poll(_PATIENCE_S), "the worker does not come up"
        self._process.terminate()
        self._wait()

    def kill(self) -> None:
        """Sends SIGKILL and waits until the process is gone."""
        self._process.kill()
        self._wait()

    def _wait(self) -> None:
        self._process.join(timeout=_PATIENCE_S)
        assert not self._process.is_alive(), "the worker does not end"
        self._orders.close()


def ledger_service(aggregate: str, consumer: str) -> tuple[Service, Subscription]:
    """A service that writes effect, audit row and, now and then, a timer for each event; and what it subscribes to."""

    async def handle(event: Event[FollowUpRecorded]) -> None:
        await _write_down(consumer, event.aggregate_id, event.aggregate_version)
        if event.aggregate_version % TICK_EVERY == 0:
            key = f"{event.aggregate_id}/{event.aggregate_version}"
            await ambient().timers.set(TICK, key, ambient().now, {"version": event.aggregate_version})

    async def tick(timer: Timer) -> None:
        await _write_down(TICK, timer.key.partition("/")[0], int(timer.payload["version"] or 0))

    service = Service(aggregates=(aggregate,), timer_kinds=(TimerKind(TICK, tick),))
    return service, Subscription(consumer, (aggregate,), {FollowUpRecorded: handle})


async def _write_down(consumer: str, key: str, version: int) -> None:
    transaction = ambient()
    await write_effect(transaction, key, version, consumer)
    transaction.audit.record(action=consumer, resource=f"ledgers/{key}", after={"version": version})


def _work(plan: WorkerPlan, orders: Connection) -> None:
    logs.configure(SERVICE, "error")
    asyncio.run(_run(plan, orders))


async def _run(plan: WorkerPlan, orders: Connection) -> None:
    service, subscription = ledger_service(plan.aggregate, plan.consumer)
    async with Database.open(plan.database_url, service=SERVICE) as database:
        # The ledger knows no directory; its own subscription takes that place.
        running = asyncio.ensure_future(Worker(database, plan.kafka, service, subscription).run())

        def obey() -> None:
            try:
                failpoints.arm(orders.recv())
            except EOFError:  # the test is over
                running.cancel()

        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, running.cancel)
        loop.add_reader(orders.fileno(), obey)
        orders.send("heeds SIGTERM")
        with suppress(asyncio.CancelledError):
            await running
