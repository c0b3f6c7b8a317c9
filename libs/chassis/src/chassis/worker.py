"""The worker role of a service: relay, consumers, parked events, timers, sealer and jobs, side by side."""

import asyncio
from collections.abc import Awaitable, Collection, Sequence
from contextlib import suppress

import structlog
from kafka.errors import KafkaError
from sqlalchemy.exc import DBAPIError

from chassis import relay as outbox_relay
from chassis.audit_chain import AuditSealer
from chassis.backlog import Backlog
from chassis.backoff import Backoff
from chassis.consumer import Consumer
from chassis.database import Database
from chassis.doorbell import Doorbell, Ring
from chassis.drainer import Drainer
from chassis.errors import Unreachable
from chassis.inbox import Inbox
from chassis.jobs import recur
from chassis.kafka_clients import KafkaSettings
from chassis.outbox import NOTICE, topic_of
from chassis.relay import Relay
from chassis.retention import retire_answers, retire_inbox
from chassis.service import Job, Service
from chassis.subscription import Subscription
from chassis.timer_runner import TimerRunner

log = structlog.get_logger(__name__)

_COUNT_EVERY_S = 15
_KEEP_INBOX = 2 * outbox_relay.KEPT
"""Longer than events are kept, so that a republished event is always recognised."""


class Worker:
    """Everything that a service does without being asked."""

    def __init__(self, database: Database, kafka: KafkaSettings, service: Service, directory: Subscription) -> None:
        self._database = database
        self._kafka = kafka
        self._service = service
        self.directory = directory
        subscriptions = [directory, *service.subscriptions]
        self.inboxes = [Inbox(database, subscription) for subscription in subscriptions]
        self.consumers = [
            Consumer(kafka, subscription, inbox, has_doorbell=kafka.is_embedded)
            for subscription, inbox in zip(subscriptions, self.inboxes, strict=True)
        ]
        self.drainer = Drainer(database, {subscription.name: subscription for subscription in subscriptions})
        self.timers = TimerRunner(database, {kind.name: kind for kind in service.timer_kinds})
        self._topics = {topic for subscription in subscriptions for topic in subscription.topics}
        self._topics |= {topic_of(aggregate) for aggregate in (*service.aggregates, NOTICE)}
        self.relay = Relay(database, kafka, self._topics)
        self.backlog = Backlog(database, self.consumers)
        self.is_running = False
        """Whether this process is a worker: a process that only serves consumes nothing."""

    @property
    def progress(self) -> int:
        """Rises with every event sent or applied and every timer or durable process run by this process."""
        applied = sum(inbox.applied for inbox in self.inboxes)
        carried_on = self._service.processes.carried_on if self._service.processes else 0
        return self.relay.sent + applied + self.drainer.applied + self.timers.fired + carried_on

    def look(self, *, for_timers: bool, awaited: Collection[str]) -> None:
        """Makes those look at once who have something to find: somebody waits for them to come to rest.

        Args:
            for_timers: whether timers are due.
            awaited: consumers with a topic that has records for them, as `<consumer>|<topic>`.
        """
        if for_timers:
            self.timers.look()
        names = {place.partition("|")[0] for place in awaited}
        for consumer in self.consumers:
            if consumer.name in names:
                consumer.look()

    async def run(self) -> None:
        """Works until cancelled; running batches and timers are finished first."""
        self.is_running = True
        async with asyncio.TaskGroup() as group:
            group.create_task(self._with_broker())
            group.create_task(self.drainer.run())
            if self._service.timer_kinds:
                group.create_task(self.timers.run())
            if self._service.processes is not None:
                group.create_task(self._service.processes.run())
            group.create_task(AuditSealer(self._database).run())
            for job in [*self._chassis_jobs(), *self._service.jobs]:
                group.create_task(recur(self._database, job))
            group.create_task(self._count())
            for work in self._service.working:
                group.create_task(_run(work()))

    async def _with_broker(self) -> None:
        backoff = Backoff(first_s=0.2, most_s=5)
        while True:
            try:
                await asyncio.to_thread(self._kafka.ensure_topics, self._topics)
                break
            except (KafkaError, OSError) as error:
                log.warning("worker.broker_unreachable", fault=type(error).__name__, why=str(error))
                await asyncio.sleep(backoff.next_s())
        async with asyncio.TaskGroup() as group:
            group.create_task(self.relay.run())
            if self._kafka.is_embedded:
                group.create_task(self._doorbell().run())
            for consumer in self.consumers:
                group.create_task(consumer.run())

    def _doorbell(self) -> Doorbell:
        rings: dict[str, list[Ring]] = {}
        for consumer in self.consumers:
            for topic in consumer.topics:
                rings.setdefault(topic, []).append(consumer.look)
        return Doorbell(self._kafka, f"{self._database.service}.doorbell", rings)

    async def _count(self) -> None:
        while True:
            with suppress(Unreachable, DBAPIError):  # readiness tells of a database that is down
                await self.backlog.look()
            await asyncio.sleep(_COUNT_EVERY_S)

    def _chassis_jobs(self) -> Sequence[Job]:
        database = self._database
        return [
            Job("retire_events", 60, lambda: outbox_relay.retire(database)),
            Job("retire_inbox", 300, lambda: retire_inbox(database, _KEEP_INBOX)),
            Job("retire_answers", 300, lambda: retire_answers(database)),
        ]


async def _run(work: Awaitable[None]) -> None:
    await work
