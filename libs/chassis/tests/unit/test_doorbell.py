"""Readers of the embedded broker are woken when records have come."""

from __future__ import annotations

import asyncio
from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError

from chassis.doorbell import Doorbell
from chassis.kafka_clients import KafkaSettings
from support.waiting import eventually_async

LEADS, TASKS = TopicPartition("throughline.lead.v1", 0), TopicPartition("throughline.task.v1", 0)


class Broker:
    """A broker with two topics of one partition each, whose ends a test moves; its clients fail while it is away."""

    is_embedded = True

    def __init__(self) -> None:
        self.ends = {LEADS: 0, TASKS: 0}
        self.places: dict[TopicPartition, int] = {}
        self.is_away = False
        self.clients = 0

    def watcher(self, client_id: str) -> Broker:
        assert client_id == "collab.doorbell"
        self.clients += 1
        return self

    def partitions_for_topic(self, topic: str) -> set[int]:
        return {0}

    def assign(self, partitions: list[TopicPartition]) -> None:
        assert set(partitions) == set(self.ends)

    def seek_to_end(self, *partitions: TopicPartition) -> None:
        self.places = {partition: self.ends[partition] for partition in partitions}

    def seek_to_beginning(self, partition: TopicPartition) -> None:
        self.places[partition] = 0

    def position(self, partition: TopicPartition, timeout_ms: int) -> int | None:
        return None if self.is_away else self.places[partition]

    def highwater(self, partition: TopicPartition) -> int:
        return self.ends[partition]

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        if self.is_away:
            raise KafkaTimeoutError
        found = {
            partition: [SimpleNamespace(offset=offset) for offset in range(self.places[partition], end)]
            for partition, end in self.ends.items()
        }
        self.places = {partition: max(end, self.places[partition]) for partition, end in self.ends.items()}
        return {partition: records for partition, records in found.items() if records}

    async def was_asked_anew(self) -> bool:
        return self.clients > 1

    def close(self, timeout_ms: int) -> None:
        pass


class Rung:
    """Counts who was woken."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()

    def by(self, name: str) -> Any:
        return lambda: self.times.update([name])

    async def reached(self, **times: int) -> None:
        await eventually_async(lambda: self._is(times))

    async def _is(self, times: dict[str, int]) -> bool:
        return dict(self.times) == times


async def test_records_wake_the_readers_of_their_topic_alone_also_after_the_broker_was_away() -> None:
    broker, rung = Broker(), Rung()
    reads_both, reads_leads = rung.by("both"), rung.by("leads")
    doorbell = Doorbell(
        cast("KafkaSettings", broker),
        "collab.doorbell",
        {LEADS.topic: [reads_both, reads_leads], TASKS.topic: [reads_both]},
    )

    running = asyncio.create_task(doorbell.run())
    try:
        await rung.reached(both=1, leads=1)  # what was there before
        broker.ends[TASKS] = 1
        await rung.reached(both=2, leads=1)
        broker.is_away = True
        await eventually_async(broker.was_asked_anew)
        broker.ends, broker.is_away = {LEADS: 0, TASKS: 2}, False
        await rung.reached(both=3, leads=2)  # a new client has seen nothing, so it rings for all
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_a_broker_that_does_not_say_where_its_topics_end_is_asked_anew() -> None:
    broker, rung = Broker(), Rung()
    broker.is_away = True
    rings = {LEADS.topic: [rung.by("leads")], TASKS.topic: []}
    doorbell = Doorbell(cast("KafkaSettings", broker), "collab.doorbell", rings)

    running = asyncio.create_task(doorbell.run())
    try:
        await eventually_async(broker.was_asked_anew)
        assert not rung.times
        broker.is_away = False
        await rung.reached(leads=1)
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_a_broker_that_has_come_back_empty_is_heard_from_its_first_record_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chassis.doorbell._LOOK_BACK_EVERY_S", 0)
    broker, rung = Broker(), Rung()
    broker.ends[LEADS] = 7
    doorbell = Doorbell(
        cast("KafkaSettings", broker), "collab.doorbell", {LEADS.topic: [rung.by("leads")], TASKS.topic: []}
    )

    running = asyncio.create_task(doorbell.run())
    try:
        await rung.reached(leads=1)
        broker.ends[LEADS] = 1
        await rung.reached(leads=2)
    finally:
        running.cancel()
        await asyncio.wait([running])
