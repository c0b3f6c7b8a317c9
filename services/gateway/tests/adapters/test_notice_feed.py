"""Notices from a real broker, in every process, from a minute ago on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from chassis.ids import new_id
from chassis.outbox import NOTICE, topic_of
from gateway.adapters.notice_rendering import NoticeRendering
from gateway.domain.notice import SentNotice
from gateway.transcoding.json_mapper import JsonMapper
from support.events import an_event
from support.waiting import eventually_async
from throughline.common.v1.notice_pb2 import Notice

if TYPE_CHECKING:
    from chassis.inbox import Record
    from chassis.kafka_clients import KafkaSettings
    from support.kafka import KafkaServer

TENANT = new_id()
TOPIC = topic_of(NOTICE)


@pytest.fixture
def kafka(breakable_kafka: KafkaServer) -> KafkaSettings:
    from chassis.kafka_clients import KafkaSettings  # noqa: PLC0415 (the Kafka client needs a session's filters)

    settings = KafkaSettings(breakable_kafka.bootstrap, is_embedded=breakable_kafka.profile == "embedded")
    settings.ensure_topics([TOPIC])
    return settings


@dataclass
class Heard:
    """What a feed has handed over."""

    notices: list[SentNotice] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [notice.id for notice in self.notices]

    async def all_of(self, *records: Record) -> None:
        wanted = {record.event_id for record in records}
        await eventually_async(lambda: _is(wanted <= set(self.ids)), 30, what="the feed hands the notices over")


async def _is(condition: bool) -> bool:
    return condition


def a_notice(key: str = "l1", ago: timedelta = timedelta()) -> Record:
    notice = Notice(kind="lead.assigned", resource=f"leads/{key}", person_ids=["p1"])
    return an_event(notice, TENANT, aggregate_id=key, aggregate=NOTICE, occurred_at=datetime.now(UTC) - ago)


def send(kafka: KafkaSettings, *records: Record) -> None:
    producer = kafka.producer("test")
    for record in records:
        at = datetime.fromisoformat(record.headers["recorded_at"])
        headers = [(name, value.encode()) for name, value in record.headers.items()]
        producer.send(
            record.topic,
            key=record.key.encode(),
            value=record.payload,
            headers=headers,
            timestamp_ms=int(at.timestamp() * 1000),
        )
    producer.flush(timeout=30)
    producer.close()


@asynccontextmanager
async def a_feed(kafka: KafkaSettings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> AsyncIterator[Heard]:
    from gateway.adapters.kafka.notice_feed import NoticeFeed  # noqa: PLC0415

    async def business_now() -> datetime:
        return now()

    heard = Heard()
    feed = NoticeFeed(kafka, business_now, NoticeRendering(JsonMapper()), heard.notices.extend)
    running = asyncio.ensure_future(feed.run())
    await eventually_async(lambda: _is(feed.is_reading.is_set()), 30, what="the feed reads")
    try:
        yield heard
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.timeout(180)  # a broker of its own has to start first
async def test_every_process_hears_every_notice(kafka: KafkaSettings) -> None:
    async with a_feed(kafka) as first, a_feed(kafka) as second:
        records = [a_notice(f"l{number}") for number in range(40)]
        await asyncio.to_thread(send, kafka, *records)

        await first.all_of(*records)
        await second.all_of(*records)

    heard = next(notice for notice in first.notices if notice.id == records[0].event_id)
    assert heard.tenant_id == TENANT
    assert heard.data.startswith(b'{"kind":"lead.assigned"')


@pytest.mark.timeout(180)
async def test_a_feed_begins_a_minute_ago_and_not_at_the_end(kafka: KafkaSettings) -> None:
    old, young = a_notice(ago=timedelta(minutes=30)), a_notice(ago=timedelta(seconds=20))
    await asyncio.to_thread(send, kafka, old, young)

    async with a_feed(kafka) as heard:
        await heard.all_of(young)

    assert old.event_id not in heard.ids


@pytest.mark.timeout(180)
async def test_what_is_no_notice_is_passed_over(kafka: KafkaSettings) -> None:
    broken, strange, good = a_notice(), a_notice(), a_notice()
    headers: dict[str, Any] = {**strange.headers, "ce_type": "throughline.x.v1.Strange"}
    bad_tenant: dict[str, Any] = {**broken.headers, "tenant": "acme"}

    async with a_feed(kafka) as heard:
        await asyncio.to_thread(
            send,
            kafka,
            type(broken)(broken.topic, 0, 0, broken.key, bad_tenant, broken.payload),
            type(strange)(strange.topic, 0, 0, strange.key, headers, b"\xff"),
            good,
        )
        await heard.all_of(good)

    assert not {broken.event_id, strange.event_id} & set(heard.ids)


@pytest.mark.timeout(240)
async def test_a_feed_goes_on_when_the_broker_comes_back(kafka: KafkaSettings, breakable_kafka: KafkaServer) -> None:
    async with a_feed(kafka) as heard:
        before = a_notice()
        await asyncio.to_thread(send, kafka, before)
        await heard.all_of(before)

        await asyncio.to_thread(breakable_kafka.kill)
        await asyncio.to_thread(breakable_kafka.start)
        await asyncio.to_thread(kafka.ensure_topics, [TOPIC])
        after = a_notice()
        await asyncio.to_thread(send, kafka, after)

        await heard.all_of(after)

    assert heard.ids.count(before.event_id) == 1
