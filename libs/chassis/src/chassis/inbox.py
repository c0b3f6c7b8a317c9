"""Applies polled records: each effect once, in order per key, tenants apart; faults park their key and nothing else.

The handler's effect and the mark that the event was seen commit together; the offset is committed after both. A key
is guarded by an advisory lock, so that a consumer that has lost its partition without knowing cannot run beside the
new one.
"""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis import metric_names as names
from chassis import telemetry
from chassis.backoff import Backoff, backoff_s
from chassis.database import Database, Transaction, is_conflict
from chassis.errors import NotFound, Unreachable
from chassis.event_headers import Unreadable, tenant_of
from chassis.failpoints import failpoints
from chassis.ids import TenantId, new_id
from chassis.subscription import Arrived, Subscription

log = structlog.get_logger(__name__)

_duplicates = telemetry.counter(names.DUPLICATES_DROPPED)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it came from the broker, or from the park."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: Mapping[str, str]
    payload: bytes

    @property
    def event_id(self) -> str:
        """Id of the event."""
        return self.headers["ce_id"]


def is_passing(fault: BaseException) -> bool:
    """Whether the fault may go away by itself: a dependency that is down, a reference not known yet, a conflict."""
    return isinstance(fault, Unreachable | NotFound | TimeoutError) or is_conflict(fault)


class Inbox:
    """Applies the records of one subscription."""

    def __init__(self, database: Database, subscription: Subscription, *, park_after_s: float = 10.0) -> None:
        self._database = database
        self._subscription = subscription
        self._park_after_s = park_after_s
        self.applied = 0
        """Events applied by this process."""

    async def apply(self, records: Sequence[Record]) -> None:
        """Applies records in their order. Afterwards every one of them is applied, parked or known from before.

        Raises:
            Unreachable: our own database does not answer; nothing was parked, and the records are to be given again.
        """
        routed: list[tuple[TenantId, Record]] = []
        for record in records:
            if not self._subscription.handles(record.headers.get("ce_type", "")) and "ce_id" in record.headers:
                continue
            try:
                routed.append((_tenant_of(record), record))
            except Unreadable as fault:
                await self._park_unrouted(record, fault)
        routed.sort(key=lambda pair: pair[0])
        for tenant_id, group in groupby(routed, key=lambda pair: pair[0]):
            await self._apply_for(tenant_id, [record for _, record in group])

    async def _apply_for(self, tenant_id: TenantId, records: list[Record]) -> None:
        try:
            await self._apply_together(tenant_id, records)
        except Exception as fault:  # any fault: which record it was is found by taking them one by one
            if isinstance(fault, Unreachable) and not await self._database_answers():
                raise
            log.info("inbox.batch_split", consumer=self._subscription.name, fault=type(fault).__name__)
            give_up_at = time.monotonic() + self._park_after_s  # of the batch: keys do not wait one after the other
            for record in records:
                await self._apply_or_park(tenant_id, record, give_up_at)

    async def _apply_together(self, tenant_id: TenantId, records: list[Record]) -> None:
        async with self._database.transaction(tenant_id) as transaction:
            new = await self._claim(transaction, records)
            parked = await self._parked_keys(transaction, new)
            for record in new:
                if record.key in parked:
                    await _park(
                        transaction.connection, self._subscription.name, tenant_id, record, fault="", state="waiting"
                    )
            ready = [Arrived(record.headers, record.payload) for record in new if record.key not in parked]
            await self._subscription.apply(transaction, ready)
        self.applied += len(new)
        if len(new) < len(records):
            _duplicates.add(len(records) - len(new), {names.CONSUMER: self._subscription.name})
        failpoints.reach("inbox.applied")

    async def _apply_or_park(self, tenant_id: TenantId, record: Record, give_up_at: float) -> None:
        backoff = Backoff(first_s=0.05, most_s=2.0)
        while True:
            try:
                return await self._apply_together(tenant_id, [record])
            except Exception as fault:  # decided below: try again, park, or tell that our database is down
                if isinstance(fault, Unreachable) and not await self._database_answers():
                    raise
                if not is_passing(fault):
                    return await self._park_record(tenant_id, record, fault, "dead")
                if time.monotonic() >= give_up_at:
                    return await self._park_record(tenant_id, record, fault, "waiting")
            await asyncio.sleep(backoff.next_s())

    async def _database_answers(self) -> bool:
        try:
            async with self._database.system() as connection:
                await connection.execute(text("SELECT 1"))
        except Unreachable:
            return False
        return True

    async def _park_record(self, tenant_id: TenantId, record: Record, fault: Exception, state: str) -> None:
        log.warning(
            "inbox.parked",
            consumer=self._subscription.name,
            event_id=record.event_id,
            state=state,
            fault=type(fault).__name__,
            exc_info=fault,
        )
        async with self._database.transaction(tenant_id) as transaction:
            if await self._claim(transaction, [record]):
                name = self._subscription.name
                await _park(transaction.connection, name, tenant_id, record, fault=fault_line(fault), state=state)

    async def _park_unrouted(self, record: Record, fault: Exception) -> None:
        row = {
            "consumer": self._subscription.name,
            "topic": record.topic,
            "partition": record.partition,
            "position": record.offset,
            "key": record.key.encode(),
            "payload": record.payload,
            "fault": fault_line(fault),
        }
        async with self._database.system() as connection:
            await connection.execute(_PARK_UNROUTED, row)

    async def _claim(self, transaction: Transaction, records: list[Record]) -> list[Record]:
        """Marks the events as seen and returns those that were not, holding the lock of each key."""
        name = self._subscription.name
        await transaction.connection.execute(
            _LOCK_KEYS, {"keys": sorted({f"{name}\x1f{record.key}" for record in records})}
        )
        marks = {"tenant": transaction.tenant_id, "consumer": name, "ids": [record.event_id for record in records]}
        fresh = {str(row.event_id) for row in await transaction.connection.execute(_MARK_SEEN, marks)}
        claimed = []
        for record in records:
            if record.event_id in fresh:
                fresh.discard(record.event_id)  # an event twice in one batch is applied once
                claimed.append(record)
        return claimed

    async def _parked_keys(self, transaction: Transaction, records: list[Record]) -> set[str]:
        keys = {"consumer": self._subscription.name, "keys": list({record.key for record in records})}
        return {row.key for row in await transaction.connection.execute(_PARKED_KEYS, keys)}


def _tenant_of(record: Record) -> TenantId:
    """The tenant under which a record is applied or parked.

    Raises:
        Unreadable: it names none, or has text that PostgreSQL cannot hold.
    """
    if "\x00" in record.key or any("\x00" in value for value in record.headers.values()):
        raise Unreadable("a zero byte in key or headers")
    return tenant_of(record.headers)


async def _park(
    connection: AsyncConnection, consumer: str, tenant_id: TenantId, record: Record, *, fault: str, state: str
) -> None:
    row = {
        "id": new_id(),
        "tenant": tenant_id,
        "consumer": consumer,
        "key": record.key,
        "event_id": record.event_id,
        "type": record.headers.get("ce_type", ""),
        "topic": record.topic,
        "partition": record.partition,
        "position": record.offset,
        "headers": json.dumps(dict(record.headers)),
        "payload": record.payload,
        "state": state,
        "fault": fault or "an earlier event of this key is parked",
        "attempts": 1 if fault else 0,
        "wait_s": backoff_s(0, first_s=1, most_s=60),
    }
    await connection.execute(_PARK, row)


def fault_line(fault: BaseException) -> str:
    """The fault in one line, for people: its class, and its message where it is one of ours."""
    told = str(fault) if isinstance(fault, Unreadable | Unreachable | NotFound) else ""
    if isinstance(fault, DBAPIError):
        told = type(fault.orig).__name__
    return f"{type(fault).__name__}: {told}" if told else type(fault).__name__


_LOCK_KEYS = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(k.key, 0)) FROM unnest(CAST(:keys AS text[])) WITH ORDINALITY"
    " AS k (key, place) ORDER BY k.place"
)
_MARK_SEEN = text(
    "INSERT INTO inbox (tenant_id, consumer, event_id, handled_at)"
    " SELECT CAST(:tenant AS uuid), :consumer, i.id, clock_timestamp() FROM unnest(CAST(:ids AS uuid[])) AS i (id)"
    " ON CONFLICT DO NOTHING RETURNING event_id"
)
_PARKED_KEYS = text(
    "SELECT DISTINCT key FROM dead_letter WHERE consumer = :consumer AND key = ANY(CAST(:keys AS text[]))"
)
_PARK = text(
    "INSERT INTO dead_letter (id, tenant_id, consumer, key, event_id, type, topic, partition, position, headers,"
    " payload, state, fault, attempts, parked_at, next_try_at)"
    " VALUES (:id, :tenant, :consumer, :key, :event_id, :type, :topic, :partition, :position,"
    " CAST(:headers AS jsonb), :payload, :state, :fault, :attempts, clock_timestamp(),"
    " clock_timestamp() + make_interval(secs => :wait_s))"
)
_PARK_UNROUTED = text(
    "INSERT INTO dead_letter_unrouted (consumer, topic, partition, position, key, payload, fault, parked_at)"
    " VALUES (:consumer, :topic, :partition, :position, :key, :payload, :fault, clock_timestamp())"
    " ON CONFLICT DO NOTHING"
)
