"""Reads every notice of the suite, in every process, without a group.

Partitions are assigned by hand. Reading begins 60 s of business time ago, never at the end: what was sent while this
process started must not be lost, and what is read twice is dropped by its id.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any

from google.protobuf.message import DecodeError
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from chassis import logs
from chassis.backoff import Backoff
from chassis.errors import Unreachable
from chassis.event_headers import Unreadable, event_of, texts_of
from chassis.idle_pause import IdlePause
from chassis.kafka_clients import KafkaSettings
from chassis.outbox import NOTICE, topic_of
from gateway.adapters.notice_rendering import NoticeRendering
from gateway.application.watch_notices import MARGIN
from gateway.domain.notice import SentNotice
from throughline.common.v1.notice_pb2 import Notice

_TYPE = Notice.DESCRIPTOR.full_name

_log = logs.logger(__name__)


class NoticeFeed:
    """Reads in a thread of its own and hands over on the event loop."""

    def __init__(
        self,
        kafka: KafkaSettings,
        business_now: Callable[[], Awaitable[datetime]],
        rendering: NoticeRendering,
        publish: Callable[[Iterable[SentNotice]], None],
    ) -> None:
        """Takes its parts.

        Args:
            kafka: the broker.
            business_now: the present business time, by which records are stamped.
            rendering: writes notices out.
            publish: called on the event loop with each batch.
        """
        self._kafka = kafka
        self._business_now = business_now
        self._rendering = rendering
        self._publish = publish
        self._stopping = threading.Event()
        self._pause = IdlePause(kafka)
        self.is_reading = threading.Event()
        """Set once all partitions have a place to read from."""

    async def run(self) -> None:
        """Reads until cancelled; a broker that is down is waited for."""
        loop = asyncio.get_running_loop()
        since = await self._start_time()
        ended = asyncio.Event()

        def work() -> None:
            try:
                self._keep_reading(loop, since)
            finally:
                loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=work, name="gateway.notice-feed", daemon=True).start()
        try:
            await ended.wait()
        finally:
            self._stopping.set()
            self._pause.end()
            await ended.wait()

    async def _start_time(self) -> datetime:
        backoff = Backoff(first_s=0.2, most_s=5)
        while True:
            try:
                return await self._business_now() - MARGIN
            except Unreachable:
                await asyncio.sleep(backoff.next_s())

    def _keep_reading(self, loop: asyncio.AbstractEventLoop, since: datetime) -> None:
        backoff = Backoff(first_s=0.2, most_s=5)
        places: dict[TopicPartition, int] = {}
        while not self._stopping.is_set():
            try:
                consumer = self._kafka.reader("gateway.notice-feed")
                try:
                    if self._assign(consumer, since, places):
                        self._read(consumer, loop, since, places)
                finally:
                    consumer.close(timeout_ms=2_000)
            except (KafkaError, OSError) as error:
                _log.warning("notice_feed_interrupted", fault=type(error).__name__)
            self.is_reading.clear()
            self._stopping.wait(backoff.next_s())

    def _assign(self, consumer: KafkaConsumer, since: datetime, places: dict[TopicPartition, int]) -> bool:
        """Takes all partitions, each from where it was left, else from `since`; False while there is no topic yet."""
        topic = topic_of(NOTICE)
        partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
        if not partitions:
            return False
        consumer.assign(partitions)
        new = [partition for partition in partitions if partition not in places]
        found = consumer.offsets_for_times({partition: int(since.timestamp() * 1000) for partition in new})
        for partition in partitions:
            if partition in places:
                consumer.seek(partition, places[partition])
            elif (place := found.get(partition)) is not None:
                consumer.seek(partition, place.offset)
            else:
                consumer.seek_to_end(partition)  # nothing was recorded since
        return True

    def _read(
        self,
        consumer: KafkaConsumer,
        loop: asyncio.AbstractEventLoop,
        since: datetime,
        places: dict[TopicPartition, int],
    ) -> None:
        for partition in consumer.assignment():
            places[partition] = consumer.position(partition)
        self.is_reading.set()
        while not self._stopping.is_set():
            polled = consumer.poll(timeout_ms=self._kafka.poll_ms)
            got = (self._notice(record, since) for records in polled.values() for record in records)
            notices = [notice for notice in got if notice is not None]
            if notices:
                loop.call_soon_threadsafe(self._publish, notices)
            for partition, records in polled.items():
                places[partition] = records[-1].offset + 1
            self._restart_truncated(consumer)
            self._pause.rest(records_came=bool(polled))

    def _restart_truncated(self, consumer: KafkaConsumer) -> None:
        """Starts over on partitions whose log is shorter than our position: the broker has lost its records."""
        for partition in consumer.assignment():
            end = consumer.highwater(partition)
            if end is not None and consumer.position(partition) > end:
                consumer.seek_to_beginning(partition)

    def _notice(self, record: Any, since: datetime) -> SentNotice | None:
        headers = texts_of(record.headers)
        if headers.get("ce_type") != _TYPE:
            return None
        try:
            notice = Notice.FromString(record.value or b"")
            event = event_of(headers, notice)
        except (Unreadable, DecodeError) as error:
            _log.warning("notice_unreadable", fault=type(error).__name__, offset=record.offset)
            return None
        if event.recorded_at < since:
            return None  # sent late, or again: whoever was to see it has seen it or loads anew
        return self._rendering.sent(event.id, event.tenant_id, event.recorded_at, notice)
