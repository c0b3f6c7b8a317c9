"""Kafka producers, consumers and topics as every service configures them, for Apache Kafka and the embedded broker."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic  # type: ignore[attr-defined]  # its __all__ is built at run time
from kafka.errors import TopicAlreadyExistsError

PARTITIONS = 24
"""Partitions of every topic; consumers of a service scale out up to this number."""
EMBEDDED_PARTITIONS = 4
"""On one machine nothing scales out, and every partition costs each fetch a little."""


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """Where the broker is and what kind it is."""

    bootstrap: str
    """Addresses, comma separated."""
    is_embedded: bool = False
    """True for the broker of the embedded profile, which is not woken by a produce and expires members late."""
    replication: int = 1
    """Copies of each topic that this process creates."""
    session_timeout_ms: int = 10_000

    @property
    def partitions(self) -> int:
        """Partitions of the topics that this process creates."""
        return EMBEDDED_PARTITIONS if self.is_embedded else PARTITIONS

    @property
    def _group_options(self) -> dict[str, Any]:
        session = 3_000 if self.is_embedded else self.session_timeout_ms
        return {"session_timeout_ms": session, "heartbeat_interval_ms": max(300, session // 4)}

    @property
    def _fetch_options(self) -> dict[str, Any]:
        # The embedded broker is not woken by a produce, so its fetches wait briefly; Apache Kafka's wait for a record.
        return {"fetch_max_wait_ms": 40 if self.is_embedded else 500}

    def producer(self, client_id: str) -> KafkaProducer:
        """An idempotent producer that waits for all in-sync replicas. Blocks while it connects."""
        return KafkaProducer(
            bootstrap_servers=self.bootstrap.split(","),
            client_id=client_id,
            acks="all",
            enable_idempotence=True,
            max_in_flight_requests_per_connection=5,
            linger_ms=2,
            max_block_ms=5_000,
            request_timeout_ms=5_000,
            delivery_timeout_ms=30_000,
            reconnect_backoff_max_ms=1_000,
            metrics_enabled=False,
        )

    def consumer(self, group: str) -> KafkaConsumer:
        """A group member that starts at the beginning and commits by hand. Blocks while it connects."""
        return KafkaConsumer(
            bootstrap_servers=self.bootstrap.split(","),
            group_id=group,
            client_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=500,
            reconnect_backoff_max_ms=1_000,
            metadata_max_age_ms=5_000,
            metrics_enabled=False,
            **self._group_options,
            **self._fetch_options,
        )

    def reader(self, client_id: str) -> KafkaConsumer:
        """A consumer without a group, for partitions that it assigns to itself. Blocks while it connects."""
        return KafkaConsumer(
            bootstrap_servers=self.bootstrap.split(","),
            group_id=None,
            client_id=client_id,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            reconnect_backoff_max_ms=1_000,
            metadata_max_age_ms=5_000,
            metrics_enabled=False,
            **self._fetch_options,
        )

    def ensure_topics(self, topics: Iterable[str]) -> None:
        """Creates the topics that do not exist yet. Blocks."""
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap.split(","), client_id="topics")
        try:
            missing = sorted(set(topics) - set(admin.list_topics()))
            for topic in missing:
                try:
                    admin.create_topics([NewTopic(topic, self.partitions, self.replication)])
                except TopicAlreadyExistsError:
                    continue  # another service was faster
        finally:
            admin.close()
