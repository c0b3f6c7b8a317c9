"""The processes that a supervisor starts, watches, starts again and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path

from embedded import broker
from embedded.failures import ProcessFailed, last_lines, port_taken
from embedded.plan import ServiceSpec
from embedded.ports import HOST, is_free, is_listening
from embedded.postgres import PostgresFailed, PostgresServer
from embedded.roster import POSTGRES, Roster
from embedded.state import DataFolder

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_STEADY_S = 60.0
_POLL_S = 0.02
_BROKER_START_S = 20.0


class Part(ABC):
    """One process with its name, and the pauses between attempts to start it again: 0.5 s, doubling to 30 s.

    Attributes:
        address: where it is reached, for people.
        restarts: how often it was started again.
        note: why it is not ready; empty when it is.
    """

    def __init__(self, name: str, address: str, log: Path) -> None:
        self.name = name
        self.address = address
        self.log = log
        self.restarts = 0
        self.note = "not started"
        self._pause_s = _FIRST_PAUSE_S
        self._started_at = 0.0
        self._again_at: float | None = None

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """Its process id while it runs."""

    @abstractmethod
    def start(self, roster: Roster) -> None:
        """Starts it; what other parts cannot do without is waited for.

        Raises:
            ProcessFailed: it cannot be started.
        """

    @abstractmethod
    def ask_to_end(self) -> None:
        """Tells it to end in good order, without waiting."""

    @abstractmethod
    def end(self, *, until: float) -> None:
        """Waits for its end until that time (`time.monotonic`), then kills it."""

    @property
    @abstractmethod
    def ending(self) -> str:
        """How it ended, in words; only asked when it has."""

    def is_due_again(self) -> bool:
        """Whether it has ended by itself and the pause since is over."""
        if self.pid is not None:
            return False
        now = time.monotonic()
        if self._again_at is None:
            self.note = f"it ended {self.ending}"
            if now - self._started_at > _STEADY_S:
                self._pause_s = _FIRST_PAUSE_S
            self._again_at = now + self._pause_s
            self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)
        return now >= self._again_at

    def start_again(self, roster: Roster) -> bool:
        """Starts it after it ended; False, with the reason noted, when that fails: the next pause begins."""
        self.restarts += 1
        self._again_at = None
        try:
            self.start(roster)
        except ProcessFailed as failure:
            self.note = str(failure).splitlines()[0]
            self._again_at = time.monotonic() + self._pause_s
            self._pause_s = min(self._pause_s * 2, _LONGEST_PAUSE_S)
            return False
        return True


class ProgramPart(Part):
    """A child process that runs in the foreground and ends on SIGTERM."""

    def __init__(
        self,
        name: str,
        command: Iterable[str],
        *,
        address: str,
        log: Path,
        environment: Mapping[str, str],
        listens_on: Mapping[str, int],
    ) -> None:
        super().__init__(name, address, log)
        self._command = list(command)
        self._environment = dict(environment)
        self._listens_on = dict(listens_on)
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def ending(self) -> str:
        if self._process is None or self._process.returncode is None:
            return "before it started"
        status = self._process.returncode
        return f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"

    def start(self, roster: Roster) -> None:
        for purpose, port in self._listens_on.items():
            if not is_free(port):
                raise port_taken(self.name, purpose, port)
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._process = subprocess.Popen(
                self._command,
                env=os.environ | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in a terminal is for the supervisor, which ends all in order
            )
        self._started_at = time.monotonic()
        self.note = "starting"
        roster.enter(self.name, self._process.pid)

    def failed(self, reason: str) -> ProcessFailed:
        """A failure of this process, with what it wrote since its start."""
        return ProcessFailed(self.name, reason, log=self.log, lines=last_lines(self.log, since=self._log_start))

    def ask_to_end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def end(self, *, until: float) -> None:
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class ServicePart(ProgramPart):
    """One of the suite's services."""

    def __init__(self, folder: DataFolder, service: ServiceSpec) -> None:
        folder.trim_log(service.name)
        super().__init__(
            service.name,
            service.command,
            address=service.address,
            log=folder.log(service.name),
            environment=service.environment,
            listens_on=service.ports,
        )
        self.service = service


class BrokerPart(ProgramPart):
    """The event broker. It is empty after each start."""

    def __init__(self, folder: DataFolder, port: int) -> None:
        folder.trim_log("broker")
        super().__init__(
            "broker",
            broker.command(port),
            address=f"{HOST}:{port}",
            log=folder.log("broker"),
            environment={},
            listens_on={"event": port},
        )
        self._port = port

    def start(self, roster: Roster) -> None:
        super().start(roster)
        deadline = time.monotonic() + _BROKER_START_S
        while not is_listening(self._port):
            if self.pid is None:
                raise self.failed(f"it ended {self.ending} while starting")
            if time.monotonic() > deadline:
                raise self.failed(f"it does not listen after {_BROKER_START_S:g} s")
            time.sleep(_POLL_S)
        self.note = ""


class PostgresPart(Part):
    """The database server. After a kill it comes back with all that was committed."""

    def __init__(self, folder: DataFolder, port: int, password: str) -> None:
        folder.trim_log(POSTGRES)
        super().__init__(POSTGRES, f"{HOST}:{port}", folder.log(POSTGRES))
        self.server = PostgresServer(folder.postgres, port, password, log_file=self.log)

    @property
    def pid(self) -> int | None:
        process = self.server.process
        return process.pid if process is not None else None

    @property
    def ending(self) -> str:
        return f"; see {self.log}"

    def start(self, roster: Roster) -> None:
        if self.server.process is None and not is_free(self.server.port):
            raise port_taken(self.name, "database", self.server.port)
        try:
            self.server.start()
        except PostgresFailed as failure:
            raise ProcessFailed(self.name, f"it does not start: {failure}", log=self.log) from failure
        self._started_at = time.monotonic()
        self.note = ""
        if (process := self.server.process) is not None:
            roster.enter(self.name, process.pid)

    def ask_to_end(self) -> None:
        if (process := self.server.process) is not None:
            process.send(signal.SIGINT)

    def end(self, *, until: float) -> None:
        self.server.stop(grace_s=max(0.0, until - time.monotonic()))
