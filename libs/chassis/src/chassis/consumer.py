"""Reads a subscription's topics in one thread of its own and hands records to the inbox on the event loop.

kafka-python blocks, so a thread owns the client. Offsets are committed after the inbox has committed. While our
database is down the partitions are paused and polling goes on, so that the group does not give them away.
"""

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Coroutine
from typing import Any

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import CommitFailedError, KafkaError
from kafka.structs import OffsetAndMetadata

from chassis import metric_names as names
from chassis import telemetry
from chassis.backoff import Backoff
from chassis.errors import Unreachable
from chassis.event_headers import texts_of
from chassis.failpoints import failpoints
from chassis.idle_pause import IdlePause
from chassis.inbox import Inbox, Record
from chassis.kafka_clients import KafkaSettings
from chassis.messaging_metrics import committing, note_consumed
from chassis.subscription import Subscription

log = structlog.get_logger(__name__)
_busy = telemetry.counter(names.CONSUMER_BUSY_TIME)

_JOINING_POLL_MS = 200
"""Joining a group and finding the first offsets take several turns, which a short poll would break off."""
_KEEP_ALIVE_S = 1.0
_LOOK_EVERY_S = 1.0
_NOTE_EVERY_S = 0.5
"""Looking at every partition costs more than an idle poll."""
_STARVED_AFTER_S = 20.0
_MOST_PATIENCE_S = 160.0


class Starved(KafkaError):
    """The group gives this member no partitions: it has dropped the member, or the member waits for a lost answer.

    No group has more members than partitions, so a member without any begins anew.
    """


class Consumer:
    """One member of a subscription's group.

    Args:
        has_doorbell: a `Doorbell` calls `look` when records have come, so that looking seldom is enough.
    """

    def __init__(
        self, kafka: KafkaSettings, subscription: Subscription, inbox: Inbox, *, has_doorbell: bool = False
    ) -> None:
        self._kafka = kafka
        self.name = subscription.name
        self.topics = subscription.topics
        self._subscription = subscription
        self._inbox = inbox
        self._stopping = threading.Event()
        self._pause = IdlePause(kafka, has_doorbell=has_doorbell)
        self._ended = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fault: Exception | None = None
        self._fed_at = 0.0
        self._patience_s = _STARVED_AFTER_S
        self.consumed: dict[str, int] = {}
        """Next offset to read, by `<group>|<topic>/<partition>`, for the partitions held now."""
        self.lag = 0
        """Records known to be waiting for this member."""
        self._last_sent_s = 0.0
        self._applying_since_s: float | None = None
        self._places: dict[TopicPartition, tuple[int, int]] = {}

    @property
    def lag_s(self) -> float:
        """How far behind this member is, in seconds: the age of the oldest record that is being applied, else of the
        one read last while others wait behind it; 0 where none does, or none was read."""
        behind_s = self._applying_since_s or (self._last_sent_s if self.lag else 0.0)
        return max(0.0, time.time() - behind_s) if behind_s else 0.0

    async def run(self) -> None:
        """Consumes until cancelled; on cancellation the running batch is finished and committed first.

        Raises:
            Exception: what ended the thread, so that the process ends too and is started anew.
        """
        self._loop = asyncio.get_running_loop()
        thread = threading.Thread(target=self._work, args=(self._loop,), name=self._subscription.name, daemon=True)
        thread.start()
        try:
            await self._ended.wait()
        finally:
            self._stopping.set()
            self._pause.end()
            await self._ended.wait()
        if self._fault is not None:
            raise self._fault

    def look(self) -> None:
        """Makes it look for records at once, where it pauses between looks."""
        self._pause.end()

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            self._keep_consuming()
        except Exception as fault:  # noqa: BLE001 - handed over to `run`
            self._fault = fault
        finally:
            loop.call_soon_threadsafe(self._ended.set)

    def _keep_consuming(self) -> None:
        backoff = Backoff(first_s=0.2, most_s=5)
        while not self._stopping.is_set():
            try:
                consumer = self._kafka.consumer(self._subscription.name)
                try:
                    consumer.subscribe(list(self._subscription.topics))
                    self._consume(consumer, backoff)
                finally:
                    consumer.close(timeout_ms=2_000)
            except (KafkaError, OSError) as error:
                log.warning("consumer.interrupted", consumer=self._subscription.name, fault=type(error).__name__)
                self._stopping.wait(backoff.next_s())

    def _consume(self, consumer: KafkaConsumer, backoff: Backoff) -> None:
        look_at = note_at = 0.0
        self._fed_at = time.monotonic()
        self._places = {}
        is_placed = False
        while not self._stopping.is_set():
            polled = consumer.poll(timeout_ms=self._kafka.poll_ms if is_placed else _JOINING_POLL_MS)
            came = bool(polled)
            is_placed = self._is_placed(consumer)
            if time.monotonic() >= look_at:
                self._restart_truncated(consumer)
                look_at = time.monotonic() + _LOOK_EVERY_S
            while polled and not self._stopping.is_set():
                polled = self._process(consumer, polled)
            backoff.reset()
            if time.monotonic() >= note_at:
                self._note_progress(consumer)
                note_at = time.monotonic() + _NOTE_EVERY_S
            if is_placed:
                self._pause.rest(records_came=came)

    def _is_placed(self, consumer: KafkaConsumer) -> bool:
        """Whether the group has given partitions and the broker has told of each.

        Raises:
            Starved: there were none for too long. Twice as long is waited then, for joining may only be slow.
        """
        held = consumer.assignment()
        if held:
            self._fed_at, self._patience_s = time.monotonic(), _STARVED_AFTER_S
            return all(consumer.highwater(tp) is not None for tp in held)
        if time.monotonic() > self._fed_at + self._patience_s:
            self._patience_s = min(2 * self._patience_s, _MOST_PATIENCE_S)
            raise Starved(self.name)
        return False

    def _process(self, consumer: KafkaConsumer, polled: dict[TopicPartition, list[Any]]) -> dict[TopicPartition, Any]:
        """Applies what was polled and commits it; returns what came in while the partitions were paused."""
        records = [_record(raw) for raws in polled.values() for raw in raws]
        for tp, raws in polled.items():
            note_consumed(self.name, tp.topic, len(raws))
        # Told while it goes on: a handler that hangs must not look like a consumer that has read everything.
        self._applying_since_s = min(raws[0].timestamp for raws in polled.values()) / 1_000
        began_s = time.perf_counter()
        try:
            came_in = self._wait_paused(consumer, self._inbox.apply(records), records)
        finally:
            self._applying_since_s = None
            _busy.add(time.perf_counter() - began_s, {names.CONSUMER: self.name})
        failpoints.reach("consumer.before_commit")
        self._last_sent_s = min(raws[-1].timestamp for raws in polled.values()) / 1_000
        offsets = {tp: OffsetAndMetadata(raws[-1].offset + 1, "", -1) for tp, raws in polled.items()}
        held = consumer.assignment()
        try:
            with committing(self.name):
                consumer.commit({tp: offset for tp, offset in offsets.items() if tp in held})
        except CommitFailedError:  # the partitions went to another member, who drops what we have applied
            log.info("consumer.partitions_lost", consumer=self._subscription.name)
        for tp, offset in offsets.items():
            self.consumed[f"{self._subscription.name}|{tp.topic}/{tp.partition}"] = offset.offset
        return came_in

    def _wait_paused(
        self, consumer: KafkaConsumer, work: Coroutine[Any, Any, None], records: list[Record]
    ) -> dict[TopicPartition, Any]:
        """Waits for the inbox, polling paused partitions so that the group knows this member lives."""
        came_in: dict[TopicPartition, Any] = {}
        backoff = Backoff(first_s=0.2, most_s=5)
        task = self._submit(work)
        while True:
            try:
                task.result(timeout=_KEEP_ALIVE_S)
                consumer.resume(*consumer.paused())
                return came_in
            except concurrent.futures.TimeoutError:
                if task.done():
                    raise  # it is the inbox' own, and would come again at once
                came_in |= self._poll_paused(consumer)
            except Unreachable:
                log.warning("consumer.paused", consumer=self._subscription.name, fault="database")
                came_in |= self._poll_paused(consumer)
                self._stopping.wait(backoff.next_s())
                if self._stopping.is_set():
                    raise
                task = self._submit(self._inbox.apply(records))

    def _poll_paused(self, consumer: KafkaConsumer) -> dict[TopicPartition, Any]:
        consumer.pause(*consumer.assignment())
        return dict(consumer.poll(timeout_ms=0))

    def _submit(self, work: Coroutine[Any, Any, None]) -> concurrent.futures.Future[None]:
        if self._loop is None:
            raise RuntimeError("run() starts the thread")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _restart_truncated(self, consumer: KafkaConsumer) -> None:
        """Starts over on partitions whose log is shorter than our position: the broker has lost its records."""
        for tp, (position, end) in self._looked_up(consumer).items():
            if position > end:
                log.warning("consumer.log_truncated", topic=tp.topic, partition=tp.partition)
                consumer.seek_to_beginning(tp)

    def _note_progress(self, consumer: KafkaConsumer) -> None:
        places = self._looked_up(consumer)
        self.consumed = {
            f"{self._subscription.name}|{tp.topic}/{tp.partition}": position for tp, (position, _) in places.items()
        }
        self.lag = sum(max(0, end - position) for position, end in places.values())

    def _looked_up(self, consumer: KafkaConsumer) -> dict[TopicPartition, tuple[int, int]]:
        """Our position and the end of each partition that is held and was told of.

        A partition that was read to an end which has not moved is not asked about again: the client walks over all
        partitions to say where it stands on one, which took most of what a consumer of sixty cost while nothing came.
        """
        known, self._places = self._places, {}
        for tp in consumer.assignment():
            end = consumer.highwater(tp)
            if end is not None:
                is_read = known.get(tp) == (end, end)
                self._places[tp] = (end if is_read else consumer.position(tp), end)
        return self._places


def _record(raw: Any) -> Record:
    key = (raw.key or b"").decode("utf-8", "replace")
    return Record(raw.topic, raw.partition, raw.offset, key, texts_of(raw.headers), raw.value or b"")
