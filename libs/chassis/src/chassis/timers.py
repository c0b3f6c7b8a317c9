"""Deadlines as durable rows: set and cancelled in the transaction of the change, run by `chassis.timer_runner`."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.ids import TenantId, new_id
from chassis.tables import metadata, moment, tenant_column
from chassis.telemetry import inject

timer = Table(
    "timer",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    tenant_column(),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    moment("due_at"),
    Column("payload", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default="due"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    moment("next_try_at", nullable=True),
    moment("asked_since", nullable=True),
    Column("fault", Text, nullable=False, server_default=""),
    Column("traceparent", Text, nullable=False, server_default=""),
    UniqueConstraint("tenant_id", "kind", "key"),
    Index("timer_due_idx", "due_at", postgresql_where=text("state = 'due'")),
)

Payload = Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class Timer:
    """A deadline that has come."""

    id: str
    tenant_id: TenantId
    kind: str
    key: str
    due_at: datetime
    """When it was due, in business time. Deadlines that follow from it count from here, not from its handling."""
    payload: Payload
    is_confirmed: bool = True
    """False where the owner of the cancelling fact could not be asked."""


class Confirmation(Enum):
    """What the owner of the cancelling fact says before a silence deadline acts."""

    STILL_SILENT = "still_silent"
    ANSWERED = "answered"
    """The fact happened in time; its event is on the way, and the deadline is dropped."""


@dataclass(frozen=True, slots=True)
class TimerKind:
    """What is done when a deadline of this kind comes."""

    name: str
    handle: Callable[[Timer], Awaitable[None]]
    """Runs in the transaction that removes the timer, so that both happen or neither."""
    confirm: Callable[[Timer], Awaitable[Confirmation]] | None = None
    """For silence deadlines: asks the owner of the cancelling fact, outside of any transaction. May raise
    `Unreachable`; it is asked again for five minutes, then the deadline acts unconfirmed."""


class TimerSchedule:
    """Sets and cancels deadlines in one transaction."""

    def __init__(self, connection: AsyncConnection, tenant_id: TenantId) -> None:
        self._connection = connection
        self._tenant_id = tenant_id
        self.have_been_set = False
        """Whether this transaction has set any deadline."""

    async def set(self, kind: str, key: str, due_at: datetime, payload: Payload) -> None:
        """Sets the deadline of this kind and key, in place of an earlier one."""
        await self.set_many(kind, [(key, due_at, payload)])

    async def set_many(self, kind: str, deadlines: Sequence[tuple[str, datetime, Payload]]) -> None:
        """Sets many deadlines of one kind in one statement; the keys must differ."""
        if not deadlines:
            return
        rows = {
            "tenant": self._tenant_id,
            "kind": kind,
            "ids": [new_id() for _ in deadlines],
            "keys": [key for key, _, _ in deadlines],
            "due": [due_at for _, due_at, _ in deadlines],
            "payloads": [json.dumps(dict(payload)) for _, _, payload in deadlines],
            "traceparent": inject(),
        }
        await self._connection.execute(_SET, rows)
        self.have_been_set = True

    async def cancel(self, kind: str, key: str) -> bool:
        """Removes the deadline; False where there was none any more, or where its handler is running.

        A running handler is not waited for: it may wait for what the caller has locked. When it gets that, it must look
        whether anything is still due.
        """
        return await self.cancel_many(kind, [key]) > 0

    async def cancel_many(self, kind: str, keys: Sequence[str]) -> int:
        """As `cancel`, many of one kind; returns how many were removed."""
        if not keys:
            return 0
        done = await self._connection.execute(_CANCEL, {"tenant": self._tenant_id, "kind": kind, "keys": list(keys)})
        return int(done.rowcount)


_SET = text(
    "INSERT INTO timer (id, tenant_id, kind, key, due_at, payload, traceparent)"
    " SELECT t.id, CAST(:tenant AS uuid), :kind, t.key, t.due, t.payload, :traceparent"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS text[]), CAST(:due AS timestamptz[]),"
    " CAST(:payloads AS jsonb[])) AS t (id, key, due, payload)"
    " ON CONFLICT (tenant_id, kind, key) DO UPDATE SET due_at = excluded.due_at, payload = excluded.payload,"
    " state = 'due', attempts = 0, next_try_at = NULL, asked_since = NULL, fault = '',"
    " traceparent = excluded.traceparent"
)
_CANCEL = text(
    "DELETE FROM timer WHERE id IN (SELECT id FROM timer WHERE tenant_id = CAST(:tenant AS uuid) AND kind = :kind"
    " AND key = ANY(CAST(:keys AS text[])) FOR UPDATE SKIP LOCKED)"
)
