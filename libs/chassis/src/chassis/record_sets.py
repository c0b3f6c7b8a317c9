"""Sets of records that services compare with one another: what each of them keeps, reduced to ids and a few facts.

A set is one statement. Digests over it are computed where the rows are, so that comparing a million records sends a few
thousand numbers; the records themselves are listed only of buckets whose digests differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from chassis.database import SqlRow, Transaction

UNDER_WAY = timedelta(minutes=15)
"""Events recorded within this span may not have arrived yet; what older ones left undone counts as a difference."""
PAGE = 2000


@dataclass(frozen=True, slots=True)
class RecordSet:
    """Records of one kind that a service keeps, of the transaction's tenant."""

    select: str
    """A statement with the columns `id` (uuid, unique) and `facts` (text[], NULL for none); no personal data."""
    aggregate: str = ""
    """Aggregate by whose events this service, which owns the records, tells of them. Their key is the record's id."""
    consumer: str = ""
    """Consumer that keeps the records from another service's events."""
    moving: str = ""
    """A statement with the column `id`: records on which a durable process works now."""


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """One record."""

    id: str
    facts: tuple[str, ...]
    """Empty text for a fact that is not there."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """The records whose ids end in the same three digits."""

    name: str
    records: int
    digest: int
    """Signed, 64 bits; the order of the records does not matter."""


@dataclass(frozen=True, slots=True)
class Told:
    """An event about a record."""

    event_id: str
    type: str
    record_id: str


class RecordReader:
    """Reads one set in a transaction."""

    def __init__(self, transaction: Transaction, records: RecordSet) -> None:
        self._transaction = transaction
        self._connection = transaction.connection
        self._set = records

    async def digest(self) -> list[Bucket]:
        """Buckets with at least one record."""
        rows = await self._connection.execute(text(_DIGEST.format(select=self._set.select)))
        return [Bucket(row.bucket, row.records, row.digest) for row in rows]

    async def of_buckets(self, buckets: Sequence[str]) -> list[KeptRecord]:
        """All records of these buckets, by id."""
        rows = await self._connection.execute(
            text(_OF_BUCKETS.format(select=self._set.select)), {"buckets": list(buckets)}
        )
        return [_record(row) for row in rows]

    async def page(self, after: str, size: int) -> list[KeptRecord]:
        """The next records after an id, of all; an empty text for the first."""
        wanted = {"after": after or None, "size": size}
        rows = await self._connection.execute(text(_PAGE.format(select=self._set.select)), wanted)
        return [_record(row) for row in rows]

    async def of(self, ids: Sequence[str]) -> list[KeptRecord]:
        """Those of these records that are there, by id."""
        rows = await self._connection.execute(text(_OF.format(select=self._set.select)), {"ids": list(ids)})
        return [_record(row) for row in rows]

    async def told(self, ids: Sequence[str]) -> list[Told]:
        """Events of the last `UNDER_WAY` about these records, of which this service is the owner."""
        if not self._set.aggregate:
            return []
        wanted = {
            "aggregate": self._set.aggregate,
            "ids": list(ids),
            "since": self._transaction.now - UNDER_WAY,
        }
        rows = await self._connection.execute(_TOLD, wanted)
        return [Told(str(row.event_id), row.type, row.aggregate_id) for row in rows]

    async def untaken(self, events: Sequence[Told]) -> set[str]:
        """Records of which the set's consumer has not taken one of these events."""
        if not events or not self._set.consumer:
            return set()
        wanted = {"consumer": self._set.consumer, "ids": [event.event_id for event in events]}
        taken = {str(row.event_id) for row in await self._connection.execute(_TAKEN, wanted)}
        return {event.record_id for event in events if event.event_id not in taken}

    async def moving(self, ids: Sequence[str]) -> set[str]:
        """Those of these records on which a durable process works now."""
        if not self._set.moving:
            return set()
        rows = await self._connection.execute(text(_OF_MOVING.format(select=self._set.moving)), {"ids": list(ids)})
        return {str(row.id) for row in rows}

    async def parked(self, ids: Sequence[str]) -> set[str]:
        """Those of these records of which the set's consumer could not take an event."""
        if not self._set.consumer:
            return set()
        wanted = {"consumer": self._set.consumer, "ids": list(ids)}
        return {row.key for row in await self._connection.execute(_PARKED, wanted)}


RecordSets = Mapping[str, RecordSet]
"""By name, for example `lead_owners`."""


def _record(row: SqlRow) -> KeptRecord:
    return KeptRecord(str(row.id), tuple(fact or "" for fact in row.facts))


# SHA-256, for it gives the same on every version and platform of PostgreSQL, which its own hash functions do not
# promise. The separator keeps facts apart that would run into one another.
_DIGEST = (
    "SELECT right(r.id::text, 3) AS bucket, count(*) AS records, bit_xor(('x' || left(encode(sha256(convert_to("
    "r.id::text || chr(31) || array_to_string(r.facts, chr(31), ''), 'UTF8')), 'hex'), 16))::bit(64)::bigint) AS digest"
    " FROM ({select}) r GROUP BY 1"
)
_OF_BUCKETS = (
    "SELECT r.id, r.facts FROM ({select}) r WHERE right(r.id::text, 3) = ANY(CAST(:buckets AS text[])) ORDER BY r.id"
)
_PAGE = (
    "SELECT r.id, r.facts FROM ({select}) r"
    " WHERE CAST(:after AS uuid) IS NULL OR r.id > CAST(:after AS uuid) ORDER BY r.id LIMIT :size"
)
_OF = "SELECT r.id, r.facts FROM ({select}) r WHERE r.id = ANY(CAST(:ids AS uuid[])) ORDER BY r.id"
_OF_MOVING = "SELECT m.id FROM ({select}) m WHERE m.id = ANY(CAST(:ids AS uuid[]))"
# By the index on `recorded_at`: few events are that young.
_TOLD = text(
    "SELECT event_id, type, aggregate_id FROM outbox"
    " WHERE recorded_at >= :since AND aggregate = :aggregate AND aggregate_id = ANY(CAST(:ids AS text[]))"
)
_TAKEN = text("SELECT event_id FROM inbox WHERE consumer = :consumer AND event_id = ANY(CAST(:ids AS uuid[]))")
_PARKED = text("SELECT DISTINCT key FROM dead_letter WHERE consumer = :consumer AND key = ANY(CAST(:ids AS text[]))")
