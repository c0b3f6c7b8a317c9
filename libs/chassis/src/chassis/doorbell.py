"""Tells a process' readers of the embedded broker that records have come, so that they may rest until then.

That broker neither wakes a fetch when a record comes nor lets it wait for long. A worker has several consumers, and a
look of each costs about what one fetch from all their partitions costs. So one thread fetches for all, from where the
last fetch ended, and takes the records for a sign only. Asking for the ends instead would cost the broker ten times as
much: it looks each partition's up.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError, UnknownTopicOrPartitionError

from chassis.backoff import Backoff
from chassis.idle_pause import IdlePause
from chassis.kafka_clients import KafkaSettings

log = structlog.get_logger(__name__)

_ANSWER_WITHIN_MS = 2
"""Fetches are answered at once; an answer that comes later is seen at the next look."""
_PLACED_WITHIN_MS = 2_000
_LOOK_BACK_EVERY_S = 1.0

Ring = Callable[[], None]


class Doorbell:
    """Watches topics and rings whoever reads one that has got a record.

    A ring may be needless, and one may be missed while the broker is away: readers look by themselves now and then.

    Args:
        rings: what to call, from another thread, by topic.
    """

    def __init__(self, kafka: KafkaSettings, name: str, rings: Mapping[str, Sequence[Ring]]) -> None:
        self._kafka = kafka
        self._name = name
        self._rings = rings
        self._stopping = threading.Event()
        self._pause = IdlePause(kafka)

    async def run(self) -> None:
        """Watches until cancelled.

        Raises:
            Exception: what ended the thread, so that the process ends too and is started anew.
        """
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        faults: list[Exception] = []

        def work() -> None:
            try:
                self._keep_watching()
            except Exception as fault:  # noqa: BLE001 - handed over to the event loop
                faults.append(fault)
            finally:
                loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=work, name=self._name, daemon=True).start()
        try:
            await ended.wait()
        finally:
            self._stopping.set()
            self._pause.end()
            await ended.wait()
        for fault in faults:
            raise fault

    def _keep_watching(self) -> None:
        backoff = Backoff(first_s=0.2, most_s=5)
        while not self._stopping.is_set():
            try:
                reader = self._kafka.watcher(self._name)
                try:
                    self._watch(reader, backoff)
                finally:
                    reader.close(timeout_ms=2_000)
            except (KafkaError, OSError) as error:
                log.warning("doorbell.interrupted", fault=type(error).__name__)
                self._stopping.wait(backoff.next_s())

    def _watch(self, reader: KafkaConsumer, backoff: Backoff) -> None:
        places = _ends(reader, self._rings)
        self._ring(self._rings)  # for what came before
        look_back_at = time.monotonic() + _LOOK_BACK_EVERY_S
        while not self._stopping.is_set():
            polled = reader.poll(timeout_ms=_ANSWER_WITHIN_MS)
            self._ring({partition.topic for partition in polled})
            places |= {partition: records[-1].offset + 1 for partition, records in polled.items()}
            backoff.reset()
            if time.monotonic() >= look_back_at:
                _go_back_where_truncated(reader, places)
                look_back_at = time.monotonic() + _LOOK_BACK_EVERY_S
            self._pause.rest(records_came=bool(polled))

    def _ring(self, topics: Collection[str]) -> None:
        for ring in {ring for topic in topics for ring in self._rings[topic]}:
            ring()


def _ends(reader: KafkaConsumer, topics: Iterable[str]) -> dict[TopicPartition, int]:
    """Takes all partitions of the topics, from their ends on, and says where those are.

    Raises:
        KafkaError: a topic is not there yet, or the broker does not say in time.
    """
    partitions = []
    for topic in topics:
        numbers = reader.partitions_for_topic(topic)
        if not numbers:
            raise UnknownTopicOrPartitionError(topic)
        partitions += [TopicPartition(topic, number) for number in numbers]
    reader.assign(partitions)
    reader.seek_to_end(*partitions)
    places = {partition: reader.position(partition, timeout_ms=_PLACED_WITHIN_MS) for partition in partitions}
    if None in places.values():
        raise KafkaTimeoutError("the broker does not say where its topics end")
    return places


def _go_back_where_truncated(reader: KafkaConsumer, places: dict[TopicPartition, int]) -> None:
    """Begins anew where a log has become shorter than what was read: the broker has come back without its records."""
    for partition, place in places.items():
        end = reader.highwater(partition)
        if end is not None and end < place:
            reader.seek_to_beginning(partition)
            places[partition] = 0
