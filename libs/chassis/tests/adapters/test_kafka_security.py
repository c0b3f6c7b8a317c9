"""TLS with client certificates, and passwords over TLS, against a real Apache Kafka that asks for them."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest
from kafka import TopicPartition
from kafka.errors import InvalidReplicationFactorError

from chassis.consumer import Consumer
from chassis.doorbell import Doorbell
from chassis.inbox import Inbox
from chassis.kafka_clients import KafkaSettings
from chassis.kafka_login import BrokerUntrusted, CertificateRefused, PasswordRefused
from chassis.runtime import kafka_of
from support.ledger import ledger_subscription
from support.shared import SharedFolder
from support.waiting import eventually

from ..certificates import Authority
from .test_transport_security import settings_with

pytestmark = [pytest.mark.timeout(120), pytest.mark.xdist_group("secured-kafka")]
PASSWORD = "s3cret-of-the-router"  # of a broker that lives for one test


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Parties:
    return Parties(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def broker(shared_folder: SharedFolder, ours: Parties) -> Iterator[Any]:
    from support import kafka_jvm, kafka_secured  # noqa: PLC0415 (the Kafka client needs a session's filters)
    from support.kafka import CannotRun  # noqa: PLC0415

    try:
        kafka_jvm.require()
    except CannotRun as why:
        pytest.skip(str(why))
    name = f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-secured-kafka"
    server = kafka_secured.SecuredKafka(shared_folder, name, **ours.of("broker"))
    server.start()
    server.add_user("router", PASSWORD)
    yield server
    server.kill()


class Parties:
    """Certificates of one authority, and those of a strange one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authorities = {"ours": Authority("ours"), "strange": Authority("strange")}

    def of(self, name: str, authority: str = "ours") -> dict[str, Path]:
        """Files with certificate, key and authority."""
        folder = self._folder / f"{name}-{authority}"
        self._authorities[authority].issue(folder, name)
        return {kind: folder / f"{kind}.pem" for kind in ("certificate", "key", "authority")}


def kafka_for(broker: Any, security: str, ours: Parties, **keys: str) -> KafkaSettings:
    """As a service makes it of its settings."""
    files = {f"KAFKA_{kind.upper()}_FILE": str(path) for kind, path in ours.of("router").items()}
    login = files if security == "tls" else {"KAFKA_USERNAME": "router", "KAFKA_PASSWORD": PASSWORD}
    given = {
        "TRANSPORT": "mesh",
        "KAFKA_BOOTSTRAP": broker.bootstrap_of(security),
        "KAFKA_SECURITY": security,
        "KAFKA_AUTHORITY_FILE": files["KAFKA_AUTHORITY_FILE"],
        "KAFKA_TOPIC_PARTITIONS": "2",
    }
    return kafka_of(settings_with(**given | login | keys))


@pytest.mark.parametrize("security", ["tls", "scram"])
async def test_topics_are_made_and_records_go_both_ways(broker: Any, ours: Parties, security: str) -> None:
    kafka = kafka_for(broker, security, ours)
    topic = f"throughline.{security}.v1"

    await asyncio.to_thread(kafka.ensure_topics, [topic])
    producer = kafka.producer("test")
    kept = producer.send(topic, key=b"k", value=b"hello").get(timeout=10)
    producer.close()
    consumer = kafka.consumer(f"group.{security}")
    consumer.subscribe([topic])
    records = await asyncio.to_thread(_first_records, consumer)
    consumer.commit()
    consumer.close()

    assert (kept.topic, kept.offset) == (topic, 0)
    assert [record.value for record in records] == [b"hello"]
    with broker.admin() as admin:
        (described,) = admin.describe_topics([topic])
    assert len(described["partitions"]) == 2


async def test_a_doorbell_rings_and_a_consumer_knows_its_lag(broker: Any, ours: Parties) -> None:
    kafka = kafka_for(broker, "scram", ours)
    subscription = ledger_subscription()
    (topic,) = subscription.topics
    await asyncio.to_thread(kafka.ensure_topics, [topic])
    rang = threading.Event()
    inbox = HeldInbox()
    consumer = Consumer(kafka, subscription, cast("Inbox", inbox))
    tasks = [
        asyncio.create_task(Doorbell(kafka, "test.doorbell", {topic: [rang.set]}).run()),
        asyncio.create_task(consumer.run()),
    ]
    await asyncio.to_thread(eventually, rang.is_set, 20, what="the doorbell has looked once")
    rang.clear()

    producer = kafka.producer("test")
    producer.send(topic, partition=0, value=b"one").get(timeout=10)
    await asyncio.to_thread(eventually, lambda: rang.is_set() and inbox.holds, 20, what="both have seen the record")
    age_s = consumer.lag_s
    inbox.release.set()
    await asyncio.to_thread(eventually, lambda: any(consumer.consumed.values()), 20, what="its offset is committed")
    producer.close()
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    assert age_s > 0
    assert (consumer.lag, consumer.lag_s) == (0, 0)


def test_what_is_wrong_with_a_login_is_named_at_once(broker: Any, ours: Parties) -> None:
    strange = {kind: str(path) for kind, path in ours.of("router", "strange").items()}
    began = time.monotonic()

    with pytest.raises(PasswordRefused, match=f"{broker.bootstrap_of('scram')} refuses router"):
        kafka_for(broker, "scram", ours, KAFKA_PASSWORD="wrong").producer("test")
    with pytest.raises(CertificateRefused, match="we show none"):
        kafka_for(broker, "scram", ours, KAFKA_BOOTSTRAP=broker.bootstrap_of("tls")).watcher("test")
    for security in ("tls", "scram"):
        untrusting = kafka_for(broker, security, ours, KAFKA_AUTHORITY_FILE=strange["authority"])
        with pytest.raises(BrokerUntrusted, match=f"{broker.bootstrap_of(security)}: .*{strange['authority']}"):
            untrusting.ensure_topics(["throughline.lead.v1"])
    untrusted = kafka_for(
        broker, "tls", ours, KAFKA_CERTIFICATE_FILE=strange["certificate"], KAFKA_KEY_FILE=strange["key"]
    )
    with pytest.raises(CertificateRefused, match=strange["certificate"]):
        untrusted.consumer("group.untrusted")

    assert time.monotonic() < began + 10  # kafka-python alone takes 30 s for each


def test_more_copies_than_the_broker_has_nodes_are_refused_by_name(broker: Any, ours: Parties) -> None:
    kafka = kafka_for(broker, "tls", ours, KAFKA_TOPIC_REPLICAS="3", KAFKA_TOPIC_MIN_INSYNC_REPLICAS="2")

    with pytest.raises(InvalidReplicationFactorError):
        kafka.ensure_topics(["throughline.replicated.v1"])


class HeldInbox:
    """Takes records and holds them until it may let go."""

    def __init__(self) -> None:
        self.holds = False
        self.release = asyncio.Event()

    async def apply(self, records: list[Any]) -> None:
        self.holds = True
        await self.release.wait()


def _first_records(consumer: Any) -> list[Any]:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        polled: dict[TopicPartition, list[Any]] = consumer.poll(timeout_ms=500)
        if polled:
            return [record for records in polled.values() for record in records]
    return []
