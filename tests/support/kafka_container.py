"""Apache Kafka in a container, for machines with a container engine that already has an image of it.

The image is named by THROUGHLINE_KAFKA_IMAGE and is never pulled: it must read the settings of the official
`apache/kafka` image (`KAFKA_…` variables). Stopping and starting keeps the container, hence what the broker stored.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from embedded import ports
from support import containers
from support.kafka import CannotRun, KafkaServer
from support.shared import SharedFolder
from support.tcp_proxy import TcpProxy, proxied
from support.waiting import eventually

IMAGE_SETTING = "THROUGHLINE_KAFKA_IMAGE"
_INSIDE, _INSIDE_PROXIED = 9092, 9095
_START_TIMEOUT_S = 90


class ContainerKafka(KafkaServer):
    """One container with a fixed port of the host."""

    profile = "apache"

    def __init__(self, shared: SharedFolder, name: str) -> None:
        self._image = os.environ[IMAGE_SETTING]
        self.title = f"Apache Kafka (container, {self._image})"
        names = (name, f"{name}-behind-proxy", f"{name}-proxy")
        self.port, self._behind_proxy, self._proxy = ports.assign(shared.path, names).values()
        self._name = f"{shared.path.name}-{name}"
        self._shared = shared

    @property
    def is_running(self) -> bool:
        container = self._container()
        return container is not None and container.status == "running"

    def start(self) -> None:
        container = self._container()
        if container is None:
            self._create()
        elif container.status != "running":
            container.start()
        eventually(self._answers, _START_TIMEOUT_S, what=f"{self.title} answers on port {self.port}")

    def stop(self) -> None:
        if (container := self._container()) is not None:
            container.stop(timeout=20)

    def kill(self) -> None:
        if self.is_running and (container := self._container()) is not None:
            container.kill()

    def wipe(self) -> None:
        if (container := self._container()) is not None:
            container.remove(force=True)
        self.start()

    @contextmanager
    def proxied(self) -> Iterator[TcpProxy]:
        with proxied(self._behind_proxy, port=self._proxy) as proxy:
            yield proxy

    def _create(self) -> None:
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415 (slow to import, seldom used)

        container = DockerContainer(self._image).with_name(self._name)
        container.with_bind_ports(_INSIDE, self.port).with_bind_ports(_INSIDE_PROXIED, self._behind_proxy)
        for key, value in self._settings().items():
            container.with_env(key, value)
        container.start()
        self._shared.remember_container(self._name)
        self._shared.keep(container)

    def _settings(self) -> dict[str, str]:
        return {
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_NODE_ID": "1",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_LISTENERS": f"PLAINTEXT://:{_INSIDE},PROXIED://:{_INSIDE_PROXIED},CONTROLLER://:9093",
            "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{self.bootstrap},PROXIED://{ports.HOST}:{self._proxy}",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT",
            "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
            "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
        }

    def _answers(self) -> bool:
        # The engine's own proxy listens before the broker does, so that only an answer counts.
        from kafka.errors import KafkaError  # noqa: PLC0415

        try:
            with self.admin() as admin:
                admin.describe_cluster()
        except KafkaError:
            return False
        return True

    def _container(self) -> Any:
        return containers.find(self._name)


def require() -> None:
    """Looks for an engine and the image.

    Raises:
        CannotRun: no image is named, no engine answers, or it does not have the image.
    """
    try:
        containers.require(os.environ.get(IMAGE_SETTING), what="Kafka", setting=IMAGE_SETTING)
    except containers.NoContainer as why:
        raise CannotRun(str(why)) from None
