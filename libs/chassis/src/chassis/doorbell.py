"""Tells a process' readers of the embedded broker that records have come, so that they may rest until then.

That broker neither wakes a fetch when a record comes nor lets it wait for long. A worker has several consumers, and a
look of each costs about what one question after the ends of all their partitions costs. So one thread asks for all.
"""

import asyncio
import threading
from collections.abc import Callable, Collection, Mapping, Sequence

import structlog
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from chassis.backoff import Backoff
from chassis.idle_pause import IdlePause
from chassis.kafka_clients import KafkaSettings

log = structlog.get_logger(__name__)

_ANSWER_WITHIN_MS = 2_000

Ring = Callable[[], None]


class Doorbell:
    """Watches the ends of topics and rings whoever reads one that has moved.

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
                reader = self._kafka.reader(self._name)
                try:
                    self._watch(reader, backoff)
                finally:
                    reader.close(timeout_ms=2_000)
            except (KafkaError, OSError) as error:
                log.warning("doorbell.interrupted", fault=type(error).__name__)
                self._stopping.wait(backoff.next_s())

    def _watch(self, reader: KafkaConsumer, backoff: Backoff) -> None:
        partitions = [
            TopicPartition(topic, number) for topic in self._rings for number in reader.partitions_for_topic(topic)
        ]
        ends: dict[TopicPartition, int] = {}
        while not self._stopping.is_set():
            found = reader.end_offsets(partitions, timeout_ms=_ANSWER_WITHIN_MS)
            moved = {partition.topic for partition, end in found.items() if ends.get(partition) != end}
            self._ring(moved)
            ends = found
            backoff.reset()
            self._pause.rest(records_came=bool(moved))

    def _ring(self, topics: Collection[str]) -> None:
        for ring in {ring for topic in topics for ring in self._rings[topic]}:
            ring()
