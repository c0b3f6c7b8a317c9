"""Sends the outbox to Kafka: one leader per service, in order, marking each row only after the broker has it.

A crash between the two sends rows again; consumers drop what they have seen. The producer is idempotent, and rows that
could not be sent are tried again from the first of them on, so the order per key holds.
"""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import timedelta

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.backoff import Backoff
from chassis.database import Database, SqlRow
from chassis.errors import Unreachable
from chassis.event_headers import headers_of
from chassis.failpoints import failpoints
from chassis.kafka_clients import KafkaSettings
from chassis.leadership import leadership
from chassis.messaging_metrics import sending
from chassis.outbox import topic_of

log = structlog.get_logger(__name__)

_BATCH = 500
_POLL_S = 0.05
_IDLE_POLL_S = 0.25
_GROWTH = 1.2
"""A relay that finds nothing to send looks less and less often; commits of its own process wake it at once."""
_SENT_WITHIN_S = 15.0  # longer than the producer tries
_LEADER_POLL_S = 0.5

_PENDING = text(
    "SELECT seq, tenant_id, event_id, aggregate, aggregate_id, aggregate_version, type, payload, actor, causation_id,"
    " traceparent, occurred_at, recorded_at FROM outbox WHERE published_at IS NULL ORDER BY seq LIMIT :batch"
)
_MARK = text("UPDATE outbox SET published_at = clock_timestamp() WHERE seq = ANY(:seqs)")


class Relay:
    """Publishes the outbox of one service.

    Args:
        topics: topics that are made where the broker lacks them, also when it comes back empty.
    """

    def __init__(self, database: Database, kafka: KafkaSettings, topics: Collection[str] = ()) -> None:
        self._database = database
        self._kafka = kafka
        self._topics = topics
        self._wake = asyncio.Event()
        self.published: dict[str, int] = {}
        """Next offset after what this process has sent, by `<topic>/<partition>`."""
        self.sent = 0
        """Events sent by this process."""
        database.when_events_commit(self._wake.set)

    async def run(self) -> None:
        """Publishes while this process leads; waits for leadership otherwise. Ends by cancellation."""
        backoff = Backoff(first_s=0.1, most_s=5)
        while True:
            try:
                async with leadership(self._database, "relay") as connection:
                    if connection is None:
                        await asyncio.sleep(_LEADER_POLL_S)
                        continue
                    await self._publish_forever(connection, backoff)
            except (KafkaError, Unreachable, DBAPIError, OSError) as error:
                log.warning("relay.interrupted", fault=type(error).__name__)
                await asyncio.sleep(backoff.next_s())

    async def _publish_forever(self, connection: AsyncConnection, backoff: Backoff) -> None:
        await asyncio.to_thread(self._kafka.ensure_topics, self._topics)
        producer = await asyncio.to_thread(self._kafka.producer, f"{self._database.service}.relay")
        try:
            pause_s = _POLL_S
            while True:
                self._wake.clear()
                sent = await self._publish_batch(connection, producer)
                backoff.reset()
                pause_s = _POLL_S if sent else min(_GROWTH * pause_s, _IDLE_POLL_S)
                if sent < _BATCH:
                    await self._wait_for_events(pause_s)
        finally:
            await asyncio.shield(asyncio.to_thread(_end, producer))

    async def _publish_batch(self, connection: AsyncConnection, producer: KafkaProducer) -> int:
        rows = (await connection.execute(_PENDING, {"batch": _BATCH})).all()
        await connection.commit()
        if rows:
            failpoints.reach("relay.claimed")
            await asyncio.to_thread(self._send, producer, rows)
            failpoints.reach("relay.sent")
            await connection.execute(_MARK, {"seqs": [row.seq for row in rows]})
            await connection.commit()
            self.sent += len(rows)
        return len(rows)

    def _send(self, producer: KafkaProducer, rows: Sequence[SqlRow]) -> None:
        with sending(topic_of(row.aggregate) for row in rows):
            futures = [
                producer.send(
                    topic_of(row.aggregate),
                    key=row.aggregate_id.encode(),
                    value=row.payload,
                    headers=headers_of(row, self._database.service),
                    timestamp_ms=int(row.recorded_at.timestamp() * 1000),
                )
                for row in rows
            ]
            producer.flush(timeout=_SENT_WITHIN_S)
            all_kept = [future.get(timeout=_SENT_WITHIN_S) for future in futures]
        for kept in all_kept:
            place = f"{kept.topic}/{kept.partition}"
            self.published[place] = max(self.published.get(place, 0), kept.offset + 1)

    async def _wait_for_events(self, at_most_s: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), at_most_s)
        except TimeoutError:
            return  # another process may have committed: look again


def _end(producer: KafkaProducer) -> None:
    """Ends the producer at once: what the broker has not taken is sent again from the outbox.

    `close` alone waits for the broker and, where that is down, raises and leaves the producer's thread running.
    """
    if producer._sender is not None:  # noqa: SLF001 - nothing public aborts what is pending
        producer._sender.force_close()  # noqa: SLF001
    with suppress(KafkaTimeoutError):  # an exception here would take the place of a cancellation
        producer.close(5)


KEPT = timedelta(days=7)
"""How long published rows stay. Marks in inboxes stay twice as long, so whatever is sent again is known again."""

# A row is as old as its event, whose id tells when it was made: sending it again renews `published_at`, and a row that
# is sent again every day would outlive the marks of those that have applied it.
_REPUBLISH = text(
    "WITH kept AS (UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL"
    " AND least(published_at, uuid_extract_timestamp(event_id)) >= clock_timestamp() - CAST(:keep AS interval)"
    " AND (CAST(:since AS timestamptz) IS NULL OR recorded_at >= :since) RETURNING 1) SELECT count(*) FROM kept"
)
_RETIRE = text(
    "DELETE FROM outbox WHERE ctid IN"
    " (SELECT ctid FROM outbox WHERE published_at IS NOT NULL"
    " AND least(published_at, uuid_extract_timestamp(event_id)) < clock_timestamp() - CAST(:keep AS interval)"
    " LIMIT 5000)"
)


async def republish(database: Database, since: object = None, keep: timedelta = KEPT) -> int:
    """Hands kept rows to the relay again, in their order; consumers drop what they have seen. Returns how many.

    Args:
        since: only rows recorded since then; None for all.
        keep: rows older than this are left alone, as consumers may have forgotten that they have seen them.
    """
    async with database.system() as connection:
        return int(await connection.scalar(_REPUBLISH, {"since": since, "keep": keep}) or 0)


async def retire(database: Database, keep: timedelta = KEPT) -> int:
    """Deletes published rows older than `keep`, a batch at a time. Returns how many."""
    async with database.system() as connection:
        return int((await connection.execute(_RETIRE, {"keep": keep})).rowcount)
