"""The list, on disk, of the processes that belong to a suite: for cleaning up after a supervisor that was killed."""

from __future__ import annotations

import signal
import time

from embedded.processes import ProcessId
from embedded.state import DataFolder, read_json, write_json

POSTGRES = "postgres"


class Roster:
    """The processes that the running supervisor has started, by name."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._members: dict[str, ProcessId] = {}

    def enter(self, name: str, pid: int) -> None:
        """Enters a process that was just started, in place of the one that had the name before."""
        if (process := ProcessId.of(pid)) is None:
            return  # it has ended already; whoever watches it will see that
        self._members[name] = process
        write_json(self._folder.processes, {key: member.as_json() for key, member in self._members.items()})

    def close(self) -> None:
        """Forgets all, when all have ended."""
        self._folder.processes.unlink(missing_ok=True)


def left_running(folder: DataFolder) -> dict[str, ProcessId]:
    """The processes of the last supervisor that still run, by name."""
    entries = {name: ProcessId.from_json(entry) for name, entry in read_json(folder.processes).items()}
    return {name: process for name, process in entries.items() if process is not None and process.is_alive}


def end_left_running(folder: DataFolder, *, grace_s: float) -> list[str]:
    """Ends what a killed supervisor left running, all at the same time; gives the names."""
    left = left_running(folder)
    for name, process in left.items():
        process.send(signal.SIGINT if name == POSTGRES else signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    for process in left.values():
        if not process.wait(max(0.0, deadline - time.monotonic())):
            process.kill()
    folder.processes.unlink(missing_ok=True)
    return sorted(left)
