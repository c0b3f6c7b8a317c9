"""Events from outbox to effect over a real broker: once, in order per key, whoever joins, leaves or is killed."""

from __future__ import annotations

import asyncio
import gc
import random
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest
import pytest_asyncio
from sqlalchemy import text

from chassis import context, relay
from chassis.backlog import Backlog
from chassis.clock import BusinessClock
from chassis.consumer import Consumer
from chassis.context import Principal, RequestContext
from chassis.database import Database, Transaction
from chassis.drainer import Drainer
from chassis.errors import Unreachable
from chassis.event_headers import Event
from chassis.inbox import Inbox, Record
from chassis.kafka_clients import KafkaSettings
from chassis.operations_servicer import OperationsServicer
from chassis.outbox import topic_of
from chassis.relay import Relay
from chassis.service import Service
from chassis.subscription import Subscription
from chassis.worker import Worker
from support.databases import Database as ProvisionedDatabase
from support.databases import DatabaseFactory
from support.kafka import KafkaServer
from support.ledger import (
    SERVICE,
    TENANT,
    ambient,
    append_all,
    append_to,
    effects,
    ledger_schema,
    ledger_subscription,
    write_effect,
)
from support.ledger_checks import assert_promises_kept
from support.ledger_worker import LedgerWorker, WorkerPlan
from support.waiting import eventually_async
from throughline.operations.v1 import operations_pb2 as pb
from throughline.pipeline.v1.events_pb2 import FollowUpRecorded

_PATIENCE_S = 60
# A client of kafka-python that cannot reach its broker fails in its constructor and leaves a socket to the collector.
_LEAVES_SOCKETS = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
_LONG = (pytest.mark.faults, pytest.mark.timeout(900))
pytestmark = pytest.mark.usefixtures("quiet_logs")


@pytest.fixture
def ledger_database(durable_database_factory: DatabaseFactory) -> ProvisionedDatabase:
    return durable_database_factory(SERVICE, migrate=ledger_schema, schema="ledger")


@pytest_asyncio.fixture
async def ledger(ledger_database: ProvisionedDatabase) -> AsyncIterator[Database]:
    async with Database.open(ledger_database.login_url, service=SERVICE) as database:
        yield database


@pytest.fixture
def aggregate() -> str:
    """Names a topic that no other test uses."""
    return f"ledger_{secrets.token_hex(5)}"


def _kafka(server: KafkaServer) -> KafkaSettings:
    return KafkaSettings(server.bootstrap, is_embedded=server.profile == "embedded", session_timeout_ms=4_000)


@pytest.fixture
def plan(ledger_database: ProvisionedDatabase, kafka_server: KafkaServer, aggregate: str) -> WorkerPlan:
    is_embedded = kafka_server.profile == "embedded"
    return WorkerPlan(
        ledger_database.login_url, kafka_server.bootstrap, is_embedded, aggregate, f"pipeline.{aggregate}"
    )


def _events(count: int, keys: int) -> list[tuple[str, int]]:
    """Key by key in turn, versions rising from 1."""
    return [(f"key-{number % keys:03}", number // keys + 1) for number in range(count)]


@asynccontextmanager
async def _running(*parts: Callable[[], object]) -> AsyncIterator[None]:
    """Runs the parts side by side until the block is left; one that fails for good fails the test."""
    tasks = [asyncio.ensure_future(part()) for part in parts]  # type: ignore[call-overload]  # each returns a coroutine
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        gc.collect()
    assert [one for one in ended if not isinstance(one, asyncio.CancelledError) and one is not None] == []


@pytest.mark.parametrize(("count", "keys"), [(2_000, 40), pytest.param(10_000, 200, marks=_LONG)])
@pytest.mark.timeout(600)
async def test_workers_that_join_leave_and_are_killed_lose_nothing_and_do_nothing_twice(
    plan: WorkerPlan, ledger: Database, count: int, keys: int
) -> None:
    events = _events(count, keys)
    workers = [await asyncio.to_thread(LedgerWorker, plan) for _ in range(3)]
    appending = asyncio.create_task(append_all(ledger, events, aggregate=plan.aggregate, in_one=50))
    rng = random.Random(count)

    for share in (0.2, 0.4, 0.6, 0.8):
        await eventually_async(partial(_applied, ledger, plan.consumer, share * count), 300)
        leaving = workers.pop(rng.randrange(len(workers)))
        await asyncio.to_thread(rng.choice([leaving.kill, leaving.stop]))
        workers.append(await asyncio.to_thread(LedgerWorker, plan))
    await appending

    await assert_promises_kept(ledger, plan.consumer, events, timeout_s=300)
    for worker in workers:
        await asyncio.to_thread(worker.stop)
    assert [worker.exit_status for worker in workers] == [0, 0, 0]


async def _applied(ledger: Database, consumer: str, count: float) -> bool:
    return len(await effects(ledger, consumer=consumer)) >= count


@pytest.mark.timeout(300)
@_LEAVES_SOCKETS
async def test_republishing_to_a_broker_that_came_back_empty_leads_to_the_same_state(
    ledger: Database, breakable_kafka: KafkaServer, aggregate: str
) -> None:
    events = _events(200, 10)
    subscription = ledger_subscription(f"pipeline.{aggregate}", aggregate)
    worker = Worker(ledger, _kafka(breakable_kafka), Service(aggregates=(aggregate,)), subscription)
    async with _running(worker.run):
        await append_all(ledger, events[:150], aggregate=aggregate)
        await eventually_async(lambda: _applied(ledger, subscription.name, 150), 60)

        await asyncio.to_thread(breakable_kafka.wipe)
        await append_all(ledger, events[150:], aggregate=aggregate)
        handed_over = await relay.republish(ledger)
        await eventually_async(lambda: _is_published(ledger, worker, 200), 100)
        await eventually_async(lambda: _applied(ledger, subscription.name, 200), _PATIENCE_S)
        newcomer = ledger_subscription(f"pipeline.{aggregate}.newcomer", aggregate)
        async with _running(Consumer(_kafka(breakable_kafka), newcomer, Inbox(ledger, newcomer)).run):
            await eventually_async(lambda: _applied(ledger, newcomer.name, 200), _PATIENCE_S)

    assert handed_over >= 150
    for consumer in (subscription.name, newcomer.name):
        assert sorted(await effects(ledger, consumer=consumer)) == sorted(events)
        assert _versions(await effects(ledger, consumer=consumer)) == _versions(events)


async def _is_published(ledger: Database, worker: Worker, most: int) -> bool:
    count = (await Backlog(ledger, ()).look()).outbox
    return count == 0 and worker.relay.sent >= most


def _versions(found: Sequence[tuple[str, int]]) -> dict[str, list[int]]:
    return {key: [version for k, version in found if k == key] for key, _ in found}


@pytest.mark.timeout(200)
async def test_a_new_consumer_is_fed_by_a_snapshot_of_what_is_there_now(
    ledger: Database, kafka_server: KafkaServer, aggregate: str
) -> None:
    states = [(f"key-{number:03}", number + 1) for number in range(12)]
    async with ledger.transaction(TENANT) as transaction:
        for key, version in states:
            await write_effect(transaction, key, version, "state")
        await transaction.connection.execute(_KNOWN, {"tenant": TENANT})

    async def snapshot(transaction: Transaction, after: str) -> str:
        rows = (await transaction.connection.execute(_PAGE, {"after": after, "size": 5})).all()
        for row in rows:
            append_to(transaction, row.key, row.version, aggregate=aggregate)
        return rows[-1].key if len(rows) == 5 else ""

    newcomer = ledger_subscription(f"pipeline.{aggregate}", aggregate)
    service = Service(aggregates=(aggregate,), snapshots={aggregate: snapshot})
    worker = Worker(ledger, _kafka(kafka_server), service, newcomer)
    operations = OperationsServicer(ledger, BusinessClock(ledger, is_movable=False), service, worker)
    operator = Principal("person", "operator", None, frozenset({"operator"}))
    async with _running(worker.run):
        with context.bind(RequestContext(operator, None, method="SnapshotEvents")):
            answer = await operations.SnapshotEvents(pb.SnapshotEventsRequest(aggregate=aggregate), None)  # type: ignore[arg-type]
        await eventually_async(lambda: _applied(ledger, newcomer.name, len(states)), _PATIENCE_S)

    assert answer.events == len(states)
    assert sorted(await effects(ledger, consumer=newcomer.name)) == states


@pytest.mark.timeout(200)
async def test_a_key_parked_by_a_passing_fault_drains_by_itself_in_order(
    ledger: Database, kafka_server: KafkaServer, aggregate: str
) -> None:
    is_down = True
    name = f"pipeline.{aggregate}"

    async def depend(event: Event[FollowUpRecorded]) -> None:
        if is_down and event.aggregate_id == "key-001":
            raise Unreachable("scoring")
        await write_effect(ambient(), event.aggregate_id, event.aggregate_version, name)

    events = _events(30, 3)
    subscription = Subscription(name, (aggregate,), {FollowUpRecorded: depend})
    async with _flowing(ledger, kafka_server, subscription):
        await append_all(ledger, events, aggregate=aggregate)
        await eventually_async(lambda: _applied(ledger, name, 20), _PATIENCE_S)
        await eventually_async(lambda: _is_parked(ledger, ["waiting"] * 10), _PATIENCE_S)

        is_down = False
        await eventually_async(lambda: _applied(ledger, name, 30), _PATIENCE_S)

    assert _versions(await effects(ledger)) == _versions(events)
    assert await _is_parked(ledger, [])


@pytest.mark.timeout(200)
async def test_poison_stops_neither_its_partition_nor_its_group(
    ledger: Database, kafka_server: KafkaServer, aggregate: str
) -> None:
    subscription = ledger_subscription(f"pipeline.{aggregate}", aggregate)
    async with _flowing(ledger, kafka_server, subscription):
        await asyncio.to_thread(_send_poison, kafka_server, aggregate)
        await append_all(ledger, _events(20, 20), aggregate=aggregate)

        await eventually_async(lambda: _applied(ledger, subscription.name, 20), _PATIENCE_S)
        await eventually_async(lambda: _is_parked(ledger, ["dead", "dead"]), _PATIENCE_S)

    async with ledger.system() as connection:
        kept_apart = await connection.scalar(text("SELECT count(*) FROM dead_letter_unrouted"))
    assert kept_apart == 4 * 3
    assert sorted(await effects(ledger)) == _events(20, 20)


@pytest.mark.timeout(200)
async def test_a_consumer_that_cannot_go_on_ends_with_its_fault(
    ledger: Database, kafka_server: KafkaServer, aggregate: str
) -> None:
    class Broken(Inbox):
        async def apply(self, records: Sequence[Record]) -> None:
            raise RuntimeError(f"bug with {len(records)} records")

    subscription = ledger_subscription(f"pipeline.{aggregate}", aggregate)
    kafka = _kafka(kafka_server)
    async with _running(Relay(ledger, kafka, subscription.topics).run):
        await append_all(ledger, _events(1, 1), aggregate=aggregate)

        with pytest.raises(RuntimeError, match="bug with 1 records"):
            await asyncio.wait_for(Consumer(kafka, subscription, Broken(ledger, subscription)).run(), _PATIENCE_S)


@pytest.mark.timeout(200)
@_LEAVES_SOCKETS
async def test_a_worker_outlives_a_broker_that_is_down_for_a_while(
    ledger: Database, breakable_kafka: KafkaServer, aggregate: str
) -> None:
    if breakable_kafka.profile == "embedded":
        pytest.skip("the embedded broker keeps nothing over a restart")
    events = _events(100, 5)
    subscription = ledger_subscription(f"pipeline.{aggregate}", aggregate)
    worker = Worker(ledger, _kafka(breakable_kafka), Service(aggregates=(aggregate,)), subscription)
    async with _running(worker.run):
        await append_all(ledger, events[:50], aggregate=aggregate)
        await eventually_async(lambda: _applied(ledger, subscription.name, 50), _PATIENCE_S)

        await asyncio.to_thread(breakable_kafka.kill)
        await append_all(ledger, events[50:], aggregate=aggregate)
        await asyncio.to_thread(breakable_kafka.start)
        await eventually_async(lambda: _applied(ledger, subscription.name, 100), 60)

    assert _versions(await effects(ledger)) == _versions(events)


@asynccontextmanager
async def _flowing(ledger: Database, kafka_server: KafkaServer, subscription: Subscription) -> AsyncIterator[None]:
    """Relay, one consumer that parks after half a second, and drainer."""
    kafka = _kafka(kafka_server)
    await asyncio.to_thread(kafka.ensure_topics, subscription.topics)
    consumer = Consumer(kafka, subscription, Inbox(ledger, subscription, park_after_s=0.5))
    async with _running(Relay(ledger, kafka).run, consumer.run, Drainer(ledger, {subscription.name: subscription}).run):
        yield


async def _is_parked(ledger: Database, states: list[str]) -> bool:
    async with ledger.system() as connection:
        rows = (await connection.execute(text("SELECT state FROM dead_letter ORDER BY seq"))).scalars().all()
    return list(rows) == states


def _send_poison(kafka_server: KafkaServer, aggregate: str) -> None:
    """What no relay of ours sends, in three partitions: no headers, no tenant, zero bytes, undecodable payloads."""
    producer = _kafka(kafka_server).producer("poison")
    good = {"ce_type": FollowUpRecorded.DESCRIPTOR.full_name, "ce_id": "0190f3c4-0000-7000-8000-0000000000aa"}
    tenant = {**good, "tenant": TENANT}
    for partition in range(3):
        for key, headers, payload in (
            (None, {}, b"\xff\xff\xff"),
            (b"\xff\xfe", good, None),
            (b"a\x00b", tenant, b""),
            (b"c", {**tenant, "actor": "\x00"}, b""),
        ):
            encoded = [(name, value.encode()) for name, value in headers.items()]
            producer.send(topic_of(aggregate), key=key, value=payload, headers=encoded, partition=partition)
    for number, payload in enumerate((b"\xff\xff\xff", b"")):  # no protobuf; headers that no event may lack
        event_id = f"0190f3c4-0000-7000-8000-0000000000b{number}"
        encoded = [(name, value.encode()) for name, value in {**tenant, "ce_id": event_id}.items()]
        producer.send(topic_of(aggregate), key=f"bad-{number}".encode(), value=payload, headers=encoded, partition=0)
    producer.flush(timeout=20)
    producer.close(1)


_KNOWN = text(
    "INSERT INTO tenant (tenant_id, state, zone, currency, locale, version) VALUES (:tenant, 'active',"
    " 'Asia/Shanghai', 'CNY', 'zh-CN', 1)"
)
_PAGE = text("SELECT key, version FROM effect WHERE consumer = 'state' AND key > :after ORDER BY key LIMIT :size")
