"""A Kafka broker for tests: real Apache Kafka where the machine can run it, else the embedded broker.

Each kind can be stopped, killed and started again on the same port, so that fault tests read alike on all of them.
"""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError

from embedded import ports
from support.shared import Record, SharedFolder
from support.tcp_proxy import TcpProxy

_METADATA_TIMEOUT_MS = 20_000


class CannotRun(RuntimeError):
    """This kind of broker is not to be had on this machine; the message says why, in one line."""


class KafkaServer(ABC):
    """One broker.

    Attributes:
        title: what it is, for people: "Apache Kafka 4.3.1 (JVM, Maven jars)".
        profile: the setting KAFKA_PROFILE for services that use it, "apache" or "embedded".
        port: of 127.0.0.1; the same after each restart.
    """

    title: str
    profile: str
    port: int

    @property
    def bootstrap(self) -> str:
        """For Kafka clients: host and port."""
        return f"{ports.HOST}:{self.port}"

    @property
    @abstractmethod
    def is_running(self) -> bool:
        """Whether the broker's process or container is there."""

    @abstractmethod
    def start(self) -> None:
        """Starts it with what it held before and waits until it answers; does nothing when it runs."""

    @abstractmethod
    def stop(self) -> None:
        """Stops it in good order."""

    @abstractmethod
    def kill(self) -> None:
        """Ends it by SIGKILL."""

    @abstractmethod
    def wipe(self) -> None:
        """Kills it, throws away all it held, and starts it: a new broker at the old address."""

    def proxied(self) -> AbstractContextManager[TcpProxy]:
        """A fault proxy before the broker: clients that bootstrap at its `address` stay behind it. One at a time.

        Raises:
            CannotRun: this kind of broker advertises one address only.
        """
        message = f"{self.title} cannot be put behind a proxy"
        raise CannotRun(message)

    @contextmanager
    def admin(self) -> Iterator[Any]:
        """An admin client of kafka-python, closed afterwards."""
        client = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            yield client
        finally:
            client.close()

    def create_topics(
        self, names: Iterable[str], *, partitions: int = 3, settings: Mapping[str, str] | None = None
    ) -> None:
        """Makes the topics that are missing and waits until each has its partitions' leaders."""
        options = {"num_partitions": partitions, "replication_factor": 1, "configs": dict(settings or {})}
        wanted = list(names)
        with self.admin() as admin:
            for name in wanted:
                with suppress(TopicAlreadyExistsError):
                    admin.create_topics({name: options})
            admin.wait_for_topics(wanted, timeout_ms=_METADATA_TIMEOUT_MS)

    def fresh_topic(self, prefix: str = "test", *, partitions: int = 3) -> str:
        """Makes a topic that nobody else uses and gives its name."""
        name = f"{prefix}.{secrets.token_hex(6)}"
        self.create_topics([name], partitions=partitions)
        return name


@dataclass(frozen=True, slots=True)
class Choice:
    """How this machine runs Kafka, and why not in a better way."""

    kind: str
    reasons: tuple[str, ...] = ()


def choose(shared: SharedFolder) -> Choice:
    """Looks once per run for the best kind of broker: container, then JVM, then embedded."""
    record = shared.once("kafka-kind", _look)
    return Choice(record["kind"], tuple(record["reasons"]))


def _look() -> Record:
    from support import kafka_container, kafka_jvm  # noqa: PLC0415 (they derive from this module's class)

    reasons = []
    for kind, require in (("container", kafka_container.require), ("jvm", kafka_jvm.require)):
        try:
            require()
        except CannotRun as why:
            reasons.append(str(why))
        else:
            return {"kind": kind, "reasons": reasons}
    return {"kind": "embedded", "reasons": reasons}


def new_server(shared: SharedFolder, name: str) -> KafkaServer:
    """A broker of the best kind, not started yet, with a folder and a port of its own."""
    from support import kafka_container, kafka_embedded, kafka_jvm  # noqa: PLC0415

    choice = choose(shared)
    kinds: dict[str, Callable[[SharedFolder, str], KafkaServer]] = {
        "container": kafka_container.ContainerKafka,
        "jvm": kafka_jvm.JvmKafka,
        "embedded": kafka_embedded.EmbeddedKafka,
    }
    server = kinds[choice.kind](shared, name)
    reasons = "".join(f"; {reason}" for reason in choice.reasons)
    shared.note("2-kafka", f"{server.title}{reasons}")
    return server


def shared_server(shared: SharedFolder) -> KafkaServer:
    """The run's broker, started by whoever asks first. Tests must not stop it."""
    server = new_server(shared, "kafka")

    def start() -> Record:
        server.start()
        return {}

    shared.once("kafka-running", start)
    shared.keep(server)
    return server


def project_folder() -> Path:
    """The folder that holds this checkout."""
    return Path(__file__).parents[2]
