"""What goes through the broker is measured at both ends, in the words of OpenTelemetry's conventions."""

from __future__ import annotations

import asyncio
import gc
import secrets
from typing import Any

import pytest

from chassis import metric_names as names
from chassis import telemetry
from chassis.database import Database
from chassis.errors import Unreachable
from chassis.kafka_clients import KafkaSettings
from chassis.service import Service
from chassis.worker import Worker
from support.kafka import KafkaServer
from support.ledger import TENANT, append_all, effects, ledger_subscription
from support.waiting import eventually_async

_EVENTS = [(f"key-{number}", 1) for number in range(5)]


async def test_events_are_measured_when_sent_read_committed_and_applied(
    ledger: Database, kafka_server: KafkaServer
) -> None:
    recorded = telemetry.record_for_tests()
    aggregate = f"ledger_{secrets.token_hex(5)}"
    topic, consumer = f"throughline.{aggregate}.v1", f"pipeline.{aggregate}"
    kafka = KafkaSettings(kafka_server.bootstrap, is_embedded=kafka_server.profile == "embedded")
    worker = Worker(ledger, kafka, Service(aggregates=(aggregate,)), ledger_subscription(consumer, aggregate))
    await append_all(ledger, _EVENTS, aggregate=aggregate)

    async def all_are_measured() -> bool:
        committed = _points(recorded, names.MESSAGING_OPERATION_DURATION, names.MESSAGING_GROUP, consumer)
        return len(await effects(ledger)) == len(_EVENTS) and bool(committed)

    running = asyncio.ensure_future(worker.run())
    await eventually_async(all_are_measured, 40)
    running.cancel()
    await asyncio.wait([running])
    gc.collect()

    (sent,) = _points(recorded, names.MESSAGES_SENT, names.MESSAGING_DESTINATION, topic)
    (sending,) = _points(recorded, names.MESSAGING_OPERATION_DURATION, names.MESSAGING_DESTINATION, topic)
    (read,) = _points(recorded, names.MESSAGES_CONSUMED, names.MESSAGING_GROUP, consumer)
    (handled,) = _points(recorded, names.MESSAGING_PROCESS_DURATION, names.MESSAGING_GROUP, consumer)
    (delay,) = _points(recorded, names.EVENT_DELAY, names.CONSUMER, consumer)
    (busy,) = _points(recorded, names.CONSUMER_BUSY_TIME, names.CONSUMER, consumer)
    assert sent.value == read.value == handled.count == delay.count == len(_EVENTS)
    assert sending.attributes[names.MESSAGING_OPERATION] == "send"
    assert sending.attributes[names.MESSAGING_SYSTEM] == read.attributes[names.MESSAGING_SYSTEM] == "kafka"
    assert 0 < handled.sum < 40
    assert 0 < delay.sum < 40 * len(_EVENTS)
    assert busy.value > 0


async def test_a_pool_tells_how_full_it_is_and_who_waited_in_vain(ledger_url: str) -> None:
    recorded = telemetry.record_for_tests()

    async with Database.open(ledger_url, service="small", pool_size=1, pool_wait_s=0.05) as small, small.connection():
        with pytest.raises(Unreachable):
            await small.transaction(TENANT).__aenter__()
        counts = {
            point.attributes[names.CONNECTION_STATE]: point.value
            for point in _points(recorded, names.POOL_CONNECTIONS, names.POOL_NAME, "small")
        }

    assert counts == {"used": 1, "idle": 0}
    assert [point.value for point in _points(recorded, names.POOL_TIMEOUTS, names.POOL_NAME, "small")] == [1]
    assert [point.count for point in _points(recorded, names.POOL_WAIT, names.POOL_NAME, "small")] == [1]


def _points(recorded: telemetry.Recorded, metric: str, label: str, value: str) -> list[Any]:
    return [point for point in recorded.points().get(metric, []) if point.attributes.get(label) == value]
