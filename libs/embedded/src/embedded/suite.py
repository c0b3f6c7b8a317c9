"""An embedded suite as its user sees it: up, down, status, logs. All may be called at any time, from any process."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from embedded import ports
from embedded.failures import last_lines
from embedded.plan import Endpoints, Plan, ProcessStatus, Refill, SuiteStatus
from embedded.processes import ProcessId
from embedded.refill import name_of
from embedded.roster import end_left_running, left_running
from embedded.services import throughline_plan
from embedded.state import DataFolder, default_location, read_json, write_json, write_text

_POLL_S = 0.05
_START_TIMEOUT_S = 60.0
_DATA_STOP_S = 30.0
_LEFT_RUNNING_GRACE_S = 10.0
_UP = "up"
SUPERVISOR = "supervisor"

# Python complains when it forgets a child that still runs; a supervisor is meant to outlive us.
_launched: list[subprocess.Popen[bytes]] = []

MakePlan = Callable[[DataFolder], Plan]
"""Says what to run in a data folder that `DataFolder.prepare` has made."""


class SuiteFailed(RuntimeError):
    """The suite did not come up; the text says which process failed, its last log lines, and what to do."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of one process's log."""

    name: str
    text: str


class Suite:
    """The suite of one data folder.

    Args:
        location: the data folder; `.var` in the checkout when not given.
        make_plan: what to run; the five services when not given.
        refill: sends past events to an event broker that came up empty; a function of an importable module.
    """

    def __init__(
        self, location: Path | None = None, *, make_plan: MakePlan = throughline_plan, refill: Refill | None = None
    ) -> None:
        self.folder = DataFolder(location or default_location())
        self._make_plan = make_plan
        self._refill = name_of(refill) if refill is not None else None

    def up(self, told: Callable[[str], None] = lambda _: None) -> SuiteStatus:
        """Starts the suite and waits until every service is ready; changes nothing when it is up with the same plan.

        Cleans up first after whatever was killed before. Of two calls at the same time the second waits for the first.

        Args:
            told: is told each step of the start, in a few words.
        Raises:
            SuiteFailed: a process did not come up; everything is down again.
            FolderUnusable, CredentialsLost: the data folder is of no use.
        """
        self.folder.prepare()
        with self.folder.only_one(_UP):
            plan = self._make_plan(self.folder).model_copy(update={"refill": self._refill})
            if self._is_supervised() and (plan != self._planned() or self._written_status().phase == "stopping"):
                told("stopping what runs with other settings")
                self._end_supervisor()
            if not self._is_supervised():
                write_text(self.folder.plan, plan.model_dump_json(indent=1))
                self._launch()
            return self._await_ready(told)

    def down(self) -> None:
        """Stops the suite in good order, and whatever a killed supervisor left running; the data stays."""
        if not self.folder.path.exists():
            return
        with self.folder.only_one(_UP):
            self._end_supervisor()
            end_left_running(self.folder, grace_s=_LEFT_RUNNING_GRACE_S)
            self.folder.status.unlink(missing_ok=True)

    def status(self) -> SuiteStatus:
        """How things stand: what the supervisor last wrote (at most some seconds ago), or that there is none."""
        written = self._written_status()
        if self._is_supervised():
            return written
        if left_running(self.folder):
            return written.model_copy(update={"phase": "abandoned", "step": ""})
        return written if written.phase == "failed" else SuiteStatus(phase="stopped")

    def endpoints(self) -> Endpoints:
        """Where the suite is reached; empty when it was never started."""
        planned = self._planned()
        return planned.endpoints if planned is not None else Endpoints()

    def logs(self, names: Iterable[str] = (), *, lines: int = 20, follow: bool = False) -> Iterator[LogLine]:
        """The last lines of the logs, process by process, then, with `follow`, new ones as they come, without an end.

        Args:
            names: of the processes; all that have a log when none is given.
            lines: how many of each.
        Raises:
            LookupError: a named process has no log.
        """
        files = self._log_files(tuple(names))
        ends = {}
        for name, file in files.items():
            with file.open(encoding="utf-8", errors="replace") as text:
                for line in deque(text, maxlen=lines):
                    yield LogLine(name, line.rstrip("\n"))
                ends[name] = text.tell()
        while follow:
            for name, file in files.items():
                with file.open(encoding="utf-8", errors="replace") as text:
                    text.seek(ends[name] if file.stat().st_size >= ends[name] else 0)
                    while line := text.readline():
                        yield LogLine(name, line.rstrip("\n"))
                    ends[name] = text.tell()
            time.sleep(_POLL_S * 4)

    @contextmanager
    def held(self) -> Iterator[Plan]:
        """Keeps others from starting or stopping the suite, and gives what it consists of."""
        self.folder.prepare()
        with self.folder.only_one(_UP):
            yield self._make_plan(self.folder)

    @property
    def is_up(self) -> bool:
        """Whether anything of it runs, be it only what a killed supervisor has left."""
        return self._is_supervised() or bool(left_running(self.folder))

    def forget_ports(self) -> None:
        """Has the next `up` choose other ports than now; the suite must be down."""
        ports.forget(self.folder)

    def _is_supervised(self) -> bool:
        return (supervisor := self._supervisor()) is not None and supervisor.is_alive

    def _supervisor(self) -> ProcessId | None:
        return ProcessId.from_json(read_json(self.folder.supervisor))

    def _launch(self) -> None:
        """Starts the supervisor in a session of its own, so that it outlives this process and its terminal."""
        self.folder.trim_log(SUPERVISOR)
        self.folder.status.unlink(missing_ok=True)
        with self.folder.log(SUPERVISOR).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "embedded", "supervise", str(self.folder.path)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self.folder.path,
            )
        _launched.append(process)
        if (supervisor := ProcessId.of(process.pid)) is not None:
            write_json(self.folder.supervisor, supervisor.as_json())

    def _await_ready(self, told: Callable[[str], None]) -> SuiteStatus:
        step = ""
        patience: float | None = None
        while True:
            alive = self._is_supervised()
            status = self._written_status()
            if status.phase == "failed" or not alive:
                raise SuiteFailed(status.failure or self._died())
            if status.step and status.step != step:
                step = status.step
                told(step)
            if status.phase == "ready":
                # Up already, but a process may have been killed a moment ago: it gets the time of a start.
                late = [process for process in status.processes if process.state != "ready"]
                if not late:
                    return status
                patience = patience or time.monotonic() + _START_TIMEOUT_S
                if time.monotonic() > patience:
                    raise SuiteFailed(self._still_not_ready(late))
            time.sleep(_POLL_S)

    def _died(self) -> str:
        log = self.folder.log(SUPERVISOR)
        return f"The supervisor ended by itself. Its last log lines:\n{last_lines(log)}\nThe whole log is {log}."

    def _still_not_ready(self, late: list[ProcessStatus]) -> str:
        faults = [
            f"{process.name}: {process.note}, restarted {process.restarts} times. Its last log lines:\n"
            f"{last_lines(self.folder.log(process.name))}"
            for process in late
        ]
        return "\n".join(["The suite is up, but not all of it is ready.", *faults])

    def _end_supervisor(self) -> None:
        if (supervisor := self._supervisor()) is not None:
            planned = self._planned()
            grace_s = (planned.stop_grace_s if planned else 0) + _DATA_STOP_S
            supervisor.stop(grace_s=grace_s)
        self.folder.supervisor.unlink(missing_ok=True)
        _launched[:] = [process for process in _launched if process.poll() is None]

    def _planned(self) -> Plan | None:
        try:
            return Plan.model_validate_json(self.folder.plan.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValidationError):
            return None  # never started, or by another version of this program

    def _written_status(self) -> SuiteStatus:
        try:
            return SuiteStatus.model_validate_json(self.folder.status.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValidationError):
            return SuiteStatus(phase="starting")

    def _log_files(self, names: tuple[str, ...]) -> dict[str, Path]:
        files = {file.stem: file for file in sorted(self.folder.logs.glob("*.log"))}
        if unknown := sorted(set(names) - set(files)):
            message = f"No log of {', '.join(unknown)}; there are logs of {', '.join(files) or 'nothing yet'}."
            raise LookupError(message)
        return {name: files[name] for name in names} or files
