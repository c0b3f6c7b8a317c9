"""One trace from the request's root span through outbox, broker and consumers, even over a broker that was down."""

from __future__ import annotations

import asyncio
import gc
import itertools
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan

from chassis import telemetry
from chassis.database import Database
from chassis.event_headers import Event
from chassis.kafka_clients import KafkaSettings
from chassis.service import Service
from chassis.subscription import Subscription
from chassis.timers import Timer, TimerKind
from chassis.worker import Worker
from support.kafka import KafkaServer
from support.ledger import ambient, append, append_to, effects, write_effect
from support.waiting import eventually_async
from throughline.pipeline.v1.events_pb2 import FollowUpRecorded

REQUEST = "POST /v1/follow-ups"
# A client of kafka-python that cannot reach its broker fails in its constructor and leaves a socket to the collector.
_LEAVES_SOCKETS = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


class Chain:
    """A service in which an event leads to a second event, and that one to a deadline."""

    def __init__(self, ledger: Database, server: KafkaServer) -> None:
        self.ledger = ledger
        self.aggregate = f"ledger_{secrets.token_hex(5)}"
        self.consumer = f"pipeline.{self.aggregate}"
        self._kafka = KafkaSettings(server.bootstrap, is_embedded=server.profile == "embedded")

    async def handle(self, event: Event[FollowUpRecorded]) -> None:
        if event.aggregate_version == 1:
            append_to(ambient(), event.aggregate_id, 2, aggregate=self.aggregate)
        else:
            await ambient().timers.set("ledger.deadline", event.aggregate_id, ambient().now, {})

    async def act(self, timer: Timer) -> None:
        await write_effect(ambient(), timer.key, 3)

    async def has_ended(self) -> bool:
        return await effects(self.ledger) == [("a", 3)]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        timers = (TimerKind("ledger.deadline", self.act),)
        subscription = Subscription(self.consumer, (self.aggregate,), {FollowUpRecorded: self.handle})
        service = Service(aggregates=(self.aggregate,), timer_kinds=timers)
        task = asyncio.ensure_future(Worker(self.ledger, self._kafka, service, subscription).run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
            gc.collect()


async def test_a_request_its_events_and_the_deadline_they_set_are_one_trace(
    ledger: Database, kafka_server: KafkaServer
) -> None:
    recorded = telemetry.record_for_tests()
    chain = Chain(ledger, kafka_server)

    async with chain.running():
        with telemetry.continued_span(REQUEST, "", kind=trace.SpanKind.SERVER):
            await append(ledger, "a", 1, aggregate=chain.aggregate)
        await eventually_async(chain.has_ended, 40)

    _assert_connected(recorded.spans.get_finished_spans(), chain)


@pytest.mark.timeout(120)
@_LEAVES_SOCKETS
async def test_the_trace_holds_together_over_a_broker_that_was_down(
    ledger: Database, breakable_kafka: KafkaServer
) -> None:
    recorded = telemetry.record_for_tests()
    chain = Chain(ledger, breakable_kafka)

    await asyncio.to_thread(breakable_kafka.kill)
    async with chain.running():
        with telemetry.continued_span(REQUEST, "", kind=trace.SpanKind.SERVER):
            await append(ledger, "a", 1, aggregate=chain.aggregate)
        await asyncio.to_thread(breakable_kafka.start)
        await eventually_async(chain.has_ended, 60)

    _assert_connected(recorded.spans.get_finished_spans(), chain)


def _assert_connected(spans: Sequence[ReadableSpan], chain: Chain) -> None:
    """Request, first event, second event, deadline: each the child of the one before, and linked to it."""
    way: list[ReadableSpan] = [*_named(spans, REQUEST)]
    processed = _named(spans, f"{chain.consumer} process")
    way += sorted(processed, key=lambda span: span.start_time or 0)
    way += _named(spans, "ledger.deadline timer")

    assert [span.name for span in way] == [REQUEST, *[f"{chain.consumer} process"] * 2, "ledger.deadline timer"]
    for before, after in itertools.pairwise(way):
        assert before.context is not None
        assert after.context is not None
        assert after.parent is not None
        assert after.parent.span_id == before.context.span_id
        assert after.context.trace_id == before.context.trace_id
        assert [link.context.span_id for link in after.links] == [before.context.span_id]


def _named(spans: Sequence[ReadableSpan], name: str) -> list[ReadableSpan]:
    return [span for span in spans if span.name == name]
