"""The process that keeps an embedded suite running: `python -m embedded supervise <data folder>`.

It reads the plan, brings everything up, says in the status file how things stand, starts again what ends by itself, and
takes everything down on SIGTERM. Only one runs for each data folder; a lock that dies with the process sees to it.
"""

from __future__ import annotations

import hashlib
import signal
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from embedded import migration
from embedded.failures import ProcessFailed
from embedded.parts import BrokerPart, Part, PostgresPart, ServicePart
from embedded.plan import ForeignPostgres, OwnPostgres, Phase, Plan, ProcessState, ProcessStatus, SuiteStatus
from embedded.readiness import why_not_ready
from embedded.refill import call_refill
from embedded.roster import Roster, end_left_running
from embedded.state import DataFolder, write_text

LOCK = "supervisor"
ALREADY_SUPERVISED = 3
_POLL_S = 0.1
_ALL_WELL_CHECK_S = 5.0
_UNWELL_CHECK_S = 0.5
_DATA_STOP_S = 20.0


class _ToldToStop(Exception):
    """SIGTERM came while the suite was still starting."""


class Supervisor:
    """Runs one plan in one data folder."""

    def __init__(self, folder: DataFolder, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._roster = Roster(folder)
        self._stop = threading.Event()
        self._phase: Phase = "starting"
        self._step = ""
        self._failure = ""
        own = plan.postgres if isinstance(plan.postgres, OwnPostgres) else None
        self._postgres = PostgresPart(folder, own.port, own.password) if own else None
        self._broker = BrokerPart(folder, plan.broker_port) if plan.broker_port else None
        self._services = [ServicePart(folder, service) for service in plan.services]
        self._stores: list[Part] = [part for part in (self._postgres, self._broker) if part is not None]

    def run(self) -> int:
        """Until SIGTERM or a failed start; gives the exit status."""
        for signal_number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(signal_number, lambda *_: self._stop.set())
        try:
            self._bring_up()
            self._watch()
        except _ToldToStop:
            pass
        except ProcessFailed as failure:
            self._failure = str(failure)
        finally:
            self._take_down()
        return 1 if self._failure else 0

    def _bring_up(self) -> None:
        self._tell("looking for what a killed supervisor may have left running")
        end_left_running(self._folder, grace_s=self._plan.stop_grace_s)
        self._tell("starting the database and the event broker")
        for part in self._stores:
            part.start(self._roster)
        had_data = self._migrate()
        self._tell(f"starting {', '.join(service.name for service in self._plan.services)}")
        for part in self._services:
            part.start(self._roster)
        self._await_ready()
        if had_data and self._broker is not None:
            self._tell("sending past events to the new event broker")
            call_refill(self._plan)
        self._phase = "ready"
        self._tell("")

    def _migrate(self) -> bool:
        """Gives whether there were databases before."""
        if self._postgres is not None:
            url, server_id = self._postgres.server.superuser_url, self._postgres.server.system_identifier()
        elif isinstance(self._plan.postgres, ForeignPostgres):
            url = self._plan.postgres.superuser_url
            server_id = hashlib.sha256(url.encode()).hexdigest()  # the URL holds a password, the state file must not
        else:
            return False
        return migration.bring_up_to_date(
            self._folder, self._plan.services, superuser_url=url, server_id=server_id, told=self._tell
        )

    def _await_ready(self) -> None:
        deadline = time.monotonic() + self._plan.start_timeout_s
        waiting = self._services
        while True:
            self._check_readiness(waiting)
            for part in waiting:
                if part.pid is None:
                    raise part.failed(f"it ended {part.ending} while starting")
            waiting = [part for part in waiting if part.note]
            self._tell(self._step)
            if not waiting:
                return
            if time.monotonic() > deadline:
                raise self._late(waiting)
            self._stop.wait(_POLL_S)

    def _late(self, waiting: list[ServicePart]) -> ProcessFailed:
        first, *others = waiting
        also = f"; neither is {', '.join(part.name for part in others)}" if others else ""
        return first.failed(f"it is not ready after {self._plan.start_timeout_s:g} s: {first.note}{also}")

    def _watch(self) -> None:
        """Looks after the processes; asks the services themselves every 5 s, more often while one is not well."""
        next_check = 0.0
        while not self._stop.wait(_POLL_S):
            before = self._status()
            if any(part.pid is None for part in self._services):
                next_check = 0.0
            for part in (*self._stores, *self._services):
                if part.is_due_again() and part.start_again(self._roster) and part is self._broker:
                    self._refill_again(self._broker)
            if time.monotonic() > next_check:
                self._check_readiness(self._services)
                is_well = not any(part.note for part in self._services)
                next_check = time.monotonic() + (_ALL_WELL_CHECK_S if is_well else _UNWELL_CHECK_S)
            if self._status() != before:
                self._tell("")

    def _refill_again(self, broker: BrokerPart) -> None:
        """A broker that was killed comes back empty. A failure is shown; the suite goes on with new events."""
        try:
            call_refill(self._plan)
        except ProcessFailed as failure:
            broker.note = str(failure).splitlines()[0]

    def _check_readiness(self, parts: Iterable[ServicePart]) -> None:
        running = [part for part in parts if part.pid is not None]
        with ThreadPoolExecutor(max_workers=max(1, len(running))) as pool:
            notes = list(pool.map(why_not_ready, [part.service for part in running]))
        for part, note in zip(running, notes, strict=True):
            part.note = note

    def _take_down(self) -> None:
        """First the services, which still have work to put away, then what they put it into."""
        self._phase = "stopping"
        self._tell("stopping")
        for parts, grace_s in ((self._services, self._plan.stop_grace_s), (self._stores, _DATA_STOP_S)):
            for part in parts:
                part.ask_to_end()
            until = time.monotonic() + grace_s
            for part in parts:
                part.end(until=until)
                part.note = "ended"
        self._roster.close()
        self._phase = "failed" if self._failure else "stopped"
        self._tell("")

    def _tell(self, step: str) -> None:
        """Says how things stand in the status file, which `up`, `down` and `status` read.

        Raises:
            _ToldToStop: there is no need to go on with the start.
        """
        self._step = step
        write_text(self._folder.status, self._status().model_dump_json(indent=1))
        if self._phase == "starting" and self._stop.is_set():
            raise _ToldToStop

    def _status(self) -> SuiteStatus:
        processes = tuple(self._status_of(part) for part in (*self._stores, *self._services))
        return SuiteStatus(
            phase=self._phase,
            step=self._step,
            processes=processes,
            failure=self._failure,
            endpoints=self._plan.endpoints,
        )

    def _status_of(self, part: Part) -> ProcessStatus:
        pid = part.pid
        state: ProcessState
        if pid is None:
            state = "restarting" if self._phase == "ready" else "stopped"
        elif not part.note:
            state = "ready"
        else:
            state = "not ready" if self._phase == "ready" else "starting"
        return ProcessStatus(
            name=part.name, state=state, pid=pid, address=part.address, restarts=part.restarts, note=part.note
        )


def supervise(path: Path) -> int:
    """Runs the plan of this data folder; gives the exit status, 3 when another supervisor does already."""
    folder = DataFolder(path)
    with folder.only_one_or_none(LOCK) as mine:
        if not mine:
            return ALREADY_SUPERVISED
        plan = Plan.model_validate_json(folder.plan.read_text(encoding="utf-8"))
        return Supervisor(folder, plan).run()
