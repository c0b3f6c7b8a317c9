"""Applies parked events again: by itself for keys that wait, on request for keys that are dead; in order, once."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis.backoff import backoff_s
from chassis.database import Database, SqlRow
from chassis.errors import Unreachable
from chassis.ids import TenantId
from chassis.inbox import fault_line, is_passing
from chassis.subscription import Arrived, Subscription

log = structlog.get_logger(__name__)

_IDLE_S = 0.5


@dataclass(frozen=True, slots=True)
class Drained:
    """What a run over one or more keys did."""

    applied: int
    remaining: int


class Drainer:
    """Empties the park of one service."""

    def __init__(self, database: Database, subscriptions: Mapping[str, Subscription]) -> None:
        self._database = database
        self._subscriptions = subscriptions
        self.applied = 0
        """Parked events applied by this process."""

    async def run(self) -> None:
        """Tries waiting keys whenever their time has come. Ends by cancellation."""
        while True:
            try:
                if not await self.drain_due():
                    await asyncio.sleep(_IDLE_S)
            except (Unreachable, DBAPIError) as error:
                log.warning("drainer.interrupted", fault=type(error).__name__)
                await asyncio.sleep(_IDLE_S)

    async def drain_due(self) -> int:
        """Tries each waiting key whose time has come once; returns how many keys were tried."""
        async with self._database.system() as connection:
            due = (await connection.execute(_DUE)).all()
        for key in due:
            await self._drain_key(key.tenant_id, key.consumer, key.key, dead_too=False)
        return len(due)

    async def replay(self, consumer: str, key: str, tenant_id: TenantId | None) -> Drained:
        """Applies the parked events of a key, or of all keys of the consumer when `key` is empty.

        Args:
            consumer: name of the consumer.
            key: the key; empty for all.
            tenant_id: only this tenant's; None for all, which only the platform's operator may ask.
        """
        wanted = {"consumer": consumer, "key": key, "tenant": tenant_id}
        async with self._database.system() as connection:
            keys = (await connection.execute(_KEYS, wanted)).all()
        applied = 0
        for row in keys:
            applied += await self._drain_key(row.tenant_id, consumer, row.key, dead_too=True)
        async with self._database.system() as connection:
            return Drained(applied, int(await connection.scalar(_LEFT, wanted) or 0))

    async def _drain_key(self, tenant_id: TenantId, consumer: str, key: str, *, dead_too: bool) -> int:
        applied = 0
        while await self._apply_head(tenant_id, consumer, key, dead_too=dead_too):
            applied += 1
        self.applied += applied
        return applied

    async def _apply_head(self, tenant_id: TenantId, consumer: str, key: str, *, dead_too: bool) -> bool:
        """Applies the oldest parked event of the key; False where there is none left, or it failed again."""
        head: SqlRow | None = None
        try:
            async with self._database.system() as connection:
                await connection.execute(_LOCK_KEY, {"key": f"{consumer}\x1f{key}"})
                wanted = {"tenant": tenant_id, "consumer": consumer, "key": key}
                head = (await connection.execute(_HEAD, wanted)).one_or_none()
                if head is None or (head.state == "dead" and not dead_too):
                    return False
                transaction = await self._database.become_tenant(connection, TenantId(str(tenant_id)))
                headers = head.headers if isinstance(head.headers, dict) else json.loads(head.headers)
                await self._subscriptions[consumer].apply(transaction, [Arrived(headers, bytes(head.payload))])
                await connection.execute(_REMOVE, {"seq": head.seq})
                await self._database.finish(transaction)
        except Exception as fault:  # any fault is written to the row, and decides whether it waits or is dead
            if head is None:
                raise
            await self._note_fault(head, fault)
            return False
        transaction.committed()
        return True

    async def _note_fault(self, head: SqlRow, fault: Exception) -> None:
        state = "waiting" if is_passing(fault) else "dead"
        log.warning("drainer.failed_again", dead_letter_id=str(head.id), state=state, fault=type(fault).__name__)
        wait_s = backoff_s(head.attempts, first_s=1, most_s=60)
        async with self._database.system() as connection:
            await connection.execute(
                _FAILED, {"seq": head.seq, "state": state, "fault": fault_line(fault), "wait_s": wait_s}
            )


_DUE = text(
    "SELECT tenant_id, consumer, key FROM (SELECT DISTINCT ON (tenant_id, consumer, key) tenant_id, consumer, key,"
    " state, next_try_at FROM dead_letter ORDER BY tenant_id, consumer, key, seq) AS head"
    " WHERE state = 'waiting' AND next_try_at <= clock_timestamp() LIMIT 100"
)
_KEYS = text(
    "SELECT tenant_id, key FROM dead_letter WHERE consumer = :consumer AND (:key = '' OR key = :key)"
    " AND (CAST(:tenant AS uuid) IS NULL OR tenant_id = CAST(:tenant AS uuid)) GROUP BY tenant_id, key"
    " ORDER BY min(seq)"
)
_LEFT = text(
    "SELECT count(*) FROM dead_letter WHERE consumer = :consumer AND (:key = '' OR key = :key)"
    " AND (CAST(:tenant AS uuid) IS NULL OR tenant_id = CAST(:tenant AS uuid))"
)
_LOCK_KEY = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_HEAD = text(
    "SELECT seq, id, state, headers, payload, attempts FROM dead_letter WHERE tenant_id = :tenant"
    " AND consumer = :consumer AND key = :key ORDER BY seq LIMIT 1 FOR UPDATE"
)
_REMOVE = text("DELETE FROM dead_letter WHERE seq = :seq")
_FAILED = text(
    "UPDATE dead_letter SET state = :state, fault = :fault, attempts = attempts + 1,"
    " next_try_at = clock_timestamp() + make_interval(secs => :wait_s) WHERE seq = :seq"
)
