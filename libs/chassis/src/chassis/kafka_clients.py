"""Kafka producers, consumers and topics as every service configures them, for Apache Kafka and the embedded broker."""

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic  # type: ignore[attr-defined]  # its __all__ is built at run time
from kafka.errors import LeaderNotAvailableError, TopicAlreadyExistsError

from chassis.kafka_login import KafkaLogin

PARTITIONS = 24
"""Partitions of every topic; consumers of a service scale out up to this number."""
EMBEDDED_PARTITIONS = 4
"""On one machine nothing scales out, and every partition costs each fetch a little."""
_DELIVERY_TIMEOUT_MS = 10_000
"""Ends, too, the wait for a topic that a broker has lost and nobody would make again otherwise."""
_EMBEDDED_WAIT_MS = 5
"""The embedded broker is not woken by a produce: while a fetch waits, it looks again and again. On Apache Kafka a fetch
waits for a record."""
_LEADERS_WITHIN_S = 10.0
_LOOK_AGAIN_S = 0.05


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """How this process makes the topics that are missing; those that are there stay as they are."""

    partitions: int = PARTITIONS
    replicas: int = 1
    """Copies of each; a broker that has fewer nodes refuses."""
    min_insync_replicas: int = 1
    """Copies that must have a record before it counts as written."""

    @property
    def settings(self) -> Mapping[str, str]:
        """Of each topic, as the broker names them."""
        return {"min.insync.replicas": str(self.min_insync_replicas)}


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """Where the broker is and what kind it is."""

    bootstrap: str
    """Addresses, comma separated."""
    is_embedded: bool = False
    """True for the broker of the embedded profile, which is not woken by a produce and expires members late."""
    topics: TopicPlan = field(default_factory=TopicPlan)
    session_timeout_ms: int = 10_000
    login: KafkaLogin | None = None
    """None speaks plaintext."""

    def _connection(self) -> dict[str, Any]:
        """How every client connects.

        Raises:
            BrokerUntrusted, CertificateRefused, PasswordRefused: it would try in vain, and not say why.
        """
        addresses = self.bootstrap.split(",")
        if self.login is None:
            return {"bootstrap_servers": addresses}
        self.login.check(addresses)
        return {"bootstrap_servers": addresses, **self.login.options}

    @property
    def partitions(self) -> int:
        """Partitions of the topics that this process creates."""
        return EMBEDDED_PARTITIONS if self.is_embedded else self.topics.partitions

    @property
    def _group_options(self) -> dict[str, Any]:
        session = 3_000 if self.is_embedded else self.session_timeout_ms
        return {"session_timeout_ms": session, "heartbeat_interval_ms": max(300, session // 4)}

    @property
    def poll_ms(self) -> int:
        """How long a poll waits for records."""
        return _EMBEDDED_WAIT_MS if self.is_embedded else 200

    @property
    def _fetch_wait_ms(self) -> int:
        return _EMBEDDED_WAIT_MS if self.is_embedded else 500

    def producer(self, client_id: str) -> KafkaProducer:
        """An idempotent producer that waits for all in-sync replicas. Blocks while it connects."""
        return KafkaProducer(
            **self._connection(),
            client_id=client_id,
            acks="all",
            enable_idempotence=True,
            max_in_flight_requests_per_connection=5,
            linger_ms=2,
            max_block_ms=5_000,
            request_timeout_ms=5_000,
            delivery_timeout_ms=_DELIVERY_TIMEOUT_MS,
            reconnect_backoff_max_ms=1_000,
            metrics_enabled=False,
        )

    def consumer(self, group: str) -> KafkaConsumer:
        """A group member that starts at the beginning and commits by hand. Blocks while it connects."""
        return KafkaConsumer(
            **self._connection(),
            group_id=group,
            client_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=500,
            reconnect_backoff_max_ms=1_000,
            metadata_max_age_ms=5_000,
            metrics_enabled=False,
            fetch_max_wait_ms=self._fetch_wait_ms,
            **self._group_options,
        )

    def reader(self, client_id: str) -> KafkaConsumer:
        """A consumer without a group, for partitions that it assigns to itself. Blocks while it connects."""
        return self._reader(client_id, fetch_wait_ms=self._fetch_wait_ms)

    def watcher(self, client_id: str) -> KafkaConsumer:
        """A reader whose fetches are answered at once, records or not."""
        return self._reader(client_id, fetch_wait_ms=0)

    def _reader(self, client_id: str, *, fetch_wait_ms: int) -> KafkaConsumer:
        return KafkaConsumer(
            **self._connection(),
            group_id=None,
            client_id=client_id,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            reconnect_backoff_max_ms=1_000,
            metadata_max_age_ms=5_000,
            metrics_enabled=False,
            fetch_max_wait_ms=fetch_wait_ms,
        )

    def ensure_topics(self, topics: Iterable[str]) -> None:
        """Creates the topics that do not exist yet and waits until all have leaders. Blocks.

        A group that is joined before its topics have leaders gets no partitions, and asks again only seconds later.

        Raises:
            LeaderNotAvailableError: a topic has none in time.
            InvalidReplicationFactorError: the broker has fewer nodes than a topic is to have copies.
        """
        admin = KafkaAdminClient(**self._connection(), client_id="topics")
        try:
            wanted = sorted(set(topics))
            for topic in set(wanted) - set(admin.list_topics()):
                with suppress(TopicAlreadyExistsError):  # another service was faster
                    admin.create_topics([self._new_topic(topic)])
            until = time.monotonic() + _LEADERS_WITHIN_S
            while leaderless := [topic["name"] for topic in admin.describe_topics(wanted) if not _is_led(topic)]:
                if time.monotonic() > until:
                    raise LeaderNotAvailableError(", ".join(leaderless))
                time.sleep(_LOOK_AGAIN_S)
        finally:
            admin.close()

    def _new_topic(self, name: str) -> NewTopic:
        # The embedded broker keeps one copy and knows no settings of topics.
        if self.is_embedded:
            return NewTopic(name, self.partitions, 1)
        return NewTopic(name, self.partitions, self.topics.replicas, topic_configs=dict(self.topics.settings))


def _is_led(topic: dict[str, Any]) -> bool:
    partitions = topic["partitions"]
    return bool(partitions) and all(partition["leader_id"] >= 0 for partition in partitions)
