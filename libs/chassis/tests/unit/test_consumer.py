"""A consumer whose group forgets it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from kafka import TopicPartition

from chassis import consumer as consumer_module
from chassis.consumer import Consumer
from chassis.inbox import Inbox
from chassis.kafka_clients import KafkaSettings
from chassis.subscription import Subscription
from support.waiting import eventually_async

PARTITION = TopicPartition("throughline.lead.v1", 0)


class Member:
    """A client whose group answers its polls, with partitions or without."""

    def __init__(self, partitions: set[TopicPartition]) -> None:
        self._partitions = partitions
        self.is_closed = False

    def subscribe(self, topics: list[str]) -> None:
        assert topics == [PARTITION.topic]

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
        return {}

    def assignment(self) -> set[TopicPartition]:
        return self._partitions

    def highwater(self, partition: TopicPartition) -> int:
        return 7

    def position(self, partition: TopicPartition) -> int:
        return 5

    def close(self, timeout_ms: int) -> None:
        self.is_closed = True


class Group:
    """Hands out its members in turn."""

    poll_ms = 1
    is_embedded = True

    def __init__(self, *members: Member) -> None:
        self._members = list(members)

    def consumer(self, name: str) -> Member:
        assert name == "pipeline.lead-facts"
        return self._members.pop(0)


async def test_a_member_that_gets_no_partitions_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer_module, "_STARVED_AFTER_S", 0.05)
    forgotten, welcome = Member(set()), Member({PARTITION})
    subscription = Subscription("pipeline.lead-facts", ("lead",), {})
    group, inbox = cast("KafkaSettings", Group(forgotten, welcome)), cast("Inbox", None)
    consumer = Consumer(group, subscription, inbox)

    running = asyncio.create_task(consumer.run())
    try:
        await eventually_async(lambda: _lag_of(consumer, 2))
    finally:
        running.cancel()
        await asyncio.wait([running])

    assert (forgotten.is_closed, welcome.is_closed) == (True, True)


async def _lag_of(consumer: Consumer, records: int) -> bool:
    return consumer.lag == records
