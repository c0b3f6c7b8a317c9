"""Runs deadlines when they come: each once, never early, the effect and the removal in one transaction.

A silence deadline asks the owner of the cancelling fact first, outside of its transaction. While that owner does not
answer it is asked again for five minutes of real time, then the deadline acts and says that it is unconfirmed.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

import structlog
from opentelemetry import trace
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis import context, telemetry
from chassis import metric_names as names
from chassis.backoff import backoff_s
from chassis.context import Principal, RequestContext
from chassis.database import Database, SqlRow, joined
from chassis.errors import Unreachable
from chassis.failpoints import failpoints
from chassis.ids import TenantId
from chassis.inbox import fault_line, is_passing
from chassis.telemetry import linked_span
from chassis.timers import Confirmation, Timer, TimerKind

log = structlog.get_logger(__name__)

_fired = telemetry.counter(names.TIMERS_FIRED)
_lateness = telemetry.histogram(names.TIMER_LATENESS)

_IDLE_S = 0.5
"""Between looks for timers that other processes set; those that this process knows of are awaited to the moment."""
_BATCH = 64
_MOST_ATTEMPTS = 12


class TimerRunner:
    """Runs the due timers of one service, beside any number of others."""

    def __init__(
        self,
        database: Database,
        kinds: Mapping[str, TimerKind],
        *,
        ask_for: timedelta = timedelta(minutes=5),
        at_once: int = 8,
    ) -> None:
        self._database = database
        self._kinds = kinds
        self._ask_for = ask_for
        self._at_once = asyncio.Semaphore(at_once)
        self._next_s = _IDLE_S
        self._woken = asyncio.Event()
        database.when_timers_commit(self._woken.set)
        self.fired = 0
        """Timers run or dropped by this process."""

    async def run(self) -> None:
        """Runs timers as they come due. Ends by cancellation, between timers."""
        while True:
            try:
                self._woken.clear()
                if not await self.run_due():
                    await self._wait_for_timers()
            except (Unreachable, DBAPIError) as error:
                log.warning("timers.interrupted", fault=type(error).__name__)
                await asyncio.sleep(1)

    def look(self) -> None:
        """Makes it look for due timers at once."""
        self._woken.set()

    async def _wait_for_timers(self) -> None:
        with suppress(TimeoutError):  # time to look
            await asyncio.wait_for(self._woken.wait(), min(self._next_s, _IDLE_S))

    async def run_due(self) -> int:
        """Runs a batch of timers that are due now; returns how many were looked at."""
        kinds = list(self._kinds)
        async with self._database.system() as connection:
            due = (await connection.execute(_DUE, {"kinds": kinds, "batch": _BATCH})).all()
            next_s = await connection.scalar(_NEXT, {"kinds": kinds}) if not due else None
        self._next_s = _IDLE_S if next_s is None else float(next_s)
        # No task group: it would turn a fault into a group that `run` does not know, and a cancellation into a fault.
        ends = await asyncio.gather(*(self._run_one(row) for row in due), return_exceptions=True)
        for fault in ends:
            if fault is not None:
                raise fault
        return len(due)

    async def _run_one(self, row: SqlRow) -> None:
        kind = self._kinds[row.kind]
        async with self._at_once:
            with (
                linked_span(f"{row.kind} timer", row.traceparent, kind=trace.SpanKind.INTERNAL),
                context.bind(self._context(row)),
            ):
                try:
                    timer = await self._confirmed(kind, row)
                    if timer is not None:
                        await self._act(kind, timer)
                except Exception as fault:  # noqa: BLE001 - any fault is written to the row; the timer is tried again
                    await self._note_fault(row, fault)

    async def _confirmed(self, kind: TimerKind, row: SqlRow) -> Timer | None:
        """The timer to act on, or None where it was dropped or is asked about again later."""
        timer = _timer(row, is_confirmed=True)
        if kind.confirm is None:
            return timer
        try:
            answer = await kind.confirm(timer)
        except Unreachable as fault:
            if await self._asked_long_enough(row, fault):
                return _timer(row, is_confirmed=False)
            return None
        if answer is Confirmation.STILL_SILENT:
            return timer
        async with self._database.transaction(timer.tenant_id) as transaction:
            await transaction.connection.execute(_REMOVE, {"id": row.id, "due": row.due_at})
        self.fired += 1
        return None

    async def _asked_long_enough(self, row: SqlRow, fault: Unreachable) -> bool:
        wait_s = backoff_s(row.attempts, first_s=0.5, most_s=20)
        asked = {"id": row.id, "due": row.due_at, "wait_s": wait_s, "fault": fault_line(fault), "most": self._ask_for}
        async with self._database.system() as connection:
            return bool(await connection.scalar(_ASKED, asked))

    async def _act(self, kind: TimerKind, timer: Timer) -> None:
        async with self._database.system() as connection:
            claimed = await connection.scalar(_CLAIM, {"id": timer.id, "due": timer.due_at})
            if claimed is None:
                return  # cancelled, moved, held, or taken by another process
            transaction = await self._database.become_tenant(connection, timer.tenant_id)
            with joined(transaction):
                await kind.handle(timer)
            failpoints.reach("timer.handled")
            await connection.execute(_REMOVE, {"id": timer.id, "due": timer.due_at})
            await self._database.finish(transaction)
        transaction.committed()
        self.fired += 1
        _fired.add(1, {names.TIMER_KIND: timer.kind})
        _lateness.record((transaction.now - timer.due_at).total_seconds(), {names.TIMER_KIND: timer.kind})

    async def _note_fault(self, row: SqlRow, fault: Exception) -> None:
        is_dead = not is_passing(fault) and row.attempts + 1 >= _MOST_ATTEMPTS
        log.warning("timer.failed", kind=row.kind, timer_id=str(row.id), is_dead=is_dead, exc_info=fault)
        noted = {
            "id": row.id,
            "due": row.due_at,
            "state": "dead" if is_dead else "due",
            "fault": fault_line(fault),
            "wait_s": backoff_s(row.attempts, first_s=0.5, most_s=300),
        }
        async with self._database.system() as connection:
            await connection.execute(_FAILED, noted)

    def _context(self, row: SqlRow) -> RequestContext:
        service = f"service:{self._database.service}"
        principal = Principal("service", service, None, frozenset({"service"}))
        return RequestContext(principal, TenantId(str(row.tenant_id)), method=row.kind)


def _timer(row: SqlRow, *, is_confirmed: bool) -> Timer:
    payload = row.payload if isinstance(row.payload, dict) else json.loads(row.payload)
    tenant_id = TenantId(str(row.tenant_id))
    return Timer(str(row.id), tenant_id, row.kind, row.key, row.due_at, payload, is_confirmed)


_DUE = text(
    "SELECT id, tenant_id, kind, key, due_at, payload, attempts, traceparent FROM timer"
    " WHERE state = 'due' AND due_at <= clock_timestamp() + (SELECT clock_offset FROM business_clock)"
    " AND (next_try_at IS NULL OR next_try_at <= clock_timestamp()) AND kind = ANY(CAST(:kinds AS text[]))"
    " AND NOT (SELECT is_held FROM business_clock) ORDER BY due_at LIMIT :batch"
)
_NEXT = text(
    "SELECT extract(epoch FROM due_at - (clock_timestamp() + clock_offset)) FROM timer, business_clock"
    " WHERE state = 'due' AND due_at > clock_timestamp() + clock_offset AND kind = ANY(CAST(:kinds AS text[]))"
    " ORDER BY due_at LIMIT 1"
)
_CLAIM = text(
    "SELECT id FROM timer WHERE id = :id AND due_at = :due AND state = 'due'"
    " AND NOT (SELECT is_held FROM business_clock) FOR UPDATE SKIP LOCKED"
)
_REMOVE = text("DELETE FROM timer WHERE id = :id AND due_at = :due")
_ASKED = text(
    "UPDATE timer SET attempts = attempts + 1, fault = :fault, asked_since = coalesce(asked_since, clock_timestamp()),"
    " next_try_at = clock_timestamp() + make_interval(secs => :wait_s)"
    " WHERE id = :id AND due_at = :due RETURNING clock_timestamp() - asked_since >= :most"
)
_FAILED = text(
    "UPDATE timer SET attempts = attempts + 1, fault = :fault, state = :state,"
    " next_try_at = clock_timestamp() + make_interval(secs => :wait_s) WHERE id = :id AND due_at = :due"
)
