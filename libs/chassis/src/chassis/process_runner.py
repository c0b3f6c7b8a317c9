"""Carries durable processes on until they rest: each by one process of the service at a time, again after every crash.

Who carries one on holds an advisory lock on its id, on a connection of its own: a killed process lets go of it with the
connection, and no transaction stays open while other services are called.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import structlog
from opentelemetry import trace
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis import metric_names as names
from chassis import telemetry
from chassis.backoff import backoff_s
from chassis.database import Database
from chassis.durable_processes import ProcessKind
from chassis.errors import Unreachable
from chassis.every_tenant import on_behalf_of
from chassis.ids import TenantId
from chassis.inbox import fault_line
from chassis.telemetry import linked_span

log = structlog.get_logger(__name__)

_interrupted = telemetry.counter(names.PROCESSES_INTERRUPTED)

_LOOK_EVERY_S = 0.5
_BATCH = 16


class ProcessRunner:
    """Runs the processes of one service, beside any number of others.

    Args:
        at_once: most processes carried on at a time; each takes a connection of the pool while it is.
    """

    def __init__(self, database: Database, kinds: Mapping[str, ProcessKind], *, at_once: int = 4) -> None:
        self._database = database
        self._kinds = kinds
        self._at_once = asyncio.Semaphore(at_once)
        self.carried_on = 0
        """How often this process has carried one on."""

    async def run(self) -> None:
        """Carries on what is due. Ends by cancellation."""
        while True:
            try:
                await self.run_due()
            except (Unreachable, DBAPIError, OSError) as error:
                log.warning("processes.interrupted", fault=type(error).__name__)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def run_due(self) -> int:
        """Carries a batch on that is due now; returns how many were looked at."""
        async with self._database.system() as connection:
            due = (await connection.execute(_DUE, {"kinds": list(self._kinds), "batch": _BATCH})).all()
        tries = (self.carry_on(TenantId(str(row.tenant_id)), row.kind, str(row.id), row.traceparent) for row in due)
        for fault in await asyncio.gather(*tries, return_exceptions=True):
            if fault is not None:
                raise fault
        return len(due)

    async def carry_on(self, tenant_id: TenantId, kind: str, process_id: str, traceparent: str = "") -> None:
        """Carries one process on; returns when it rests, cannot go on for now, or is in somebody else's hands.

        Raises:
            Unreachable: our own database does not answer.
        """
        async with self._at_once, self._held(process_id) as is_held:
            if not is_held:
                return
            with (
                linked_span(f"{kind} process", traceparent, kind=trace.SpanKind.INTERNAL),
                on_behalf_of(tenant_id, kind, service=self._database.service),
            ):
                try:
                    await self._kinds[kind].carry_on(process_id)
                except Exception as fault:  # noqa: BLE001 - any fault is written to the row; the process is tried again
                    await self._note_fault(process_id, kind, fault)
            self.carried_on += 1

    @asynccontextmanager
    async def _held(self, process_id: str) -> AsyncIterator[bool]:
        async with self._database.connection() as connection:
            is_held = bool(await connection.scalar(_TRY_LOCK, {"id": process_id}))
            await connection.commit()
            try:
                yield is_held
            finally:
                if is_held:
                    await connection.invalidate()  # the lock ends with it, whatever state the connection is in

    async def _note_fault(self, process_id: str, kind: str, fault: Exception) -> None:
        _interrupted.add(1, {names.PROCESS_KIND: kind})
        log.warning("process.interrupted", kind=kind, process_id=process_id, exc_info=fault)
        async with self._database.system() as connection:
            attempts = await connection.scalar(_ATTEMPTS, {"id": process_id}) or 0
            noted = {
                "id": process_id,
                "fault": fault_line(fault),
                "wait_s": backoff_s(int(attempts), first_s=0.5, most_s=300),
            }
            await connection.execute(_FAILED, noted)


_DUE = text(
    "SELECT id, tenant_id, kind, traceparent FROM process"
    " WHERE next_try_at <= clock_timestamp() AND kind = ANY(CAST(:kinds AS text[])) ORDER BY next_try_at LIMIT :batch"
)
_TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended('process' || :id, 0))")
_ATTEMPTS = text("SELECT attempts FROM process WHERE id = :id")
_FAILED = text(
    "UPDATE process SET attempts = attempts + 1, fault = :fault,"
    " next_try_at = clock_timestamp() + make_interval(secs => :wait_s) WHERE id = :id AND next_try_at IS NOT NULL"
)
