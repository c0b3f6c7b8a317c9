"""The embedded broker as a `KafkaServer`: the last resort of a test run, and the broker of the smoke test."""

from __future__ import annotations

from embedded import broker, ports
from embedded.broker import EmbeddedBroker
from support.kafka import KafkaServer
from support.shared import SharedFolder


class EmbeddedKafka(KafkaServer):
    """Keeps nothing over a restart, so after `start` it is always empty, as after `wipe`."""

    profile = "embedded"

    def __init__(self, shared: SharedFolder, name: str) -> None:
        self.title = f"embedded broker (Tansu {broker.version()})"
        self.port = ports.assign(shared.path, [name])[name]
        self._shared = shared
        self._broker = EmbeddedBroker(self.port, shared.path / f"{name}.log")

    @property
    def is_running(self) -> bool:
        return ports.is_listening(self.port)

    def start(self) -> None:
        self._broker.start()
        if (process := self._broker.process) is not None:
            self._shared.remember(process)

    def stop(self) -> None:
        self._broker.stop()

    def kill(self) -> None:
        self._broker.kill()

    def wipe(self) -> None:
        self._broker.kill()
        self.start()
