"""Names a running process so that a recycled pid is never mistaken for it, and stops it in good time.

A pid alone says little after a crash or a reboot: the number may belong to somebody else's process by then. A
`ProcessId` therefore also holds when the process started. Whoever finds another start under the same pid finds that
the named process is gone, and leaves the stranger alone.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class ProcessId:
    """One process for good: its pid and the moment it started, as `start_mark` writes it."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> ProcessId | None:
        """The process that has this pid now; None when none runs under it."""
        mark = start_mark(pid)
        return cls(pid, mark) if mark is not None else None

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs; one that has ended but was not yet waited for counts as gone."""
        return start_mark(self.pid) == self.started

    def send(self, signal_number: int) -> bool:
        """Sends a signal to this process alone; False when it is gone."""
        if not self.is_alive:
            return False
        try:
            os.kill(self.pid, signal_number)
        except ProcessLookupError:
            return False
        return True

    def wait(self, timeout_s: float) -> bool:
        """Waits until it is gone; False when it still runs after `timeout_s` seconds."""
        deadline = time.monotonic() + timeout_s
        while self.is_alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_S)
        return True

    def stop(self, *, grace_s: float, signals: tuple[int, ...] = (signal.SIGTERM,)) -> None:
        """Asks it to end, waits `grace_s` seconds after each signal, and kills it when none was heeded."""
        for signal_number in signals:
            if not self.send(signal_number) or self.wait(grace_s):
                return
        self.kill()

    def kill(self) -> None:
        """Ends it at once (SIGKILL) and waits until it is gone."""
        self.send(signal.SIGKILL)
        self.wait(timeout_s=10)

    def as_json(self) -> dict[str, object]:
        """For a state file; `from_json` reads it back."""
        return {"pid": self.pid, "started": self.started}

    @classmethod
    def from_json(cls, value: object) -> ProcessId | None:
        """Reads `as_json`; None when the value is none, so that a damaged state file means "not running"."""
        match value:
            case {"pid": int(pid), "started": str(started)}:
                return cls(pid, started)
            case _:
                return None


def start_mark(pid: int) -> str | None:
    """When the process started, as text that differs for each process that ever had this pid; None when none runs.

    Linux counts clock ticks since boot, which moving the wall clock does not change, so the mark is the boot's id and
    that count. Elsewhere it is the time of creation.
    """
    if _BOOT_ID.exists():
        return _start_mark_linux(pid)
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return f"{process.create_time():.3f}"
    except psutil.NoSuchProcess:
        return None


def _start_mark_linux(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name stands in brackets and may hold spaces and brackets itself; the fields follow the last one.
    fields = stat[stat.rindex(")") + 2 :].split()
    if fields[0] in "ZX":
        return None
    return f"{_BOOT_ID.read_text(encoding='ascii').strip()}/{fields[19]}"


def working_in(folder: Path, *, name: str) -> Iterator[ProcessId]:
    """The processes called `name` whose working folder is `folder`: what a killed parent may have left behind."""
    for pid in psutil.pids():
        if is_working_in(pid, folder, name=name) and (process := ProcessId.of(pid)) is not None:
            yield process


def is_working_in(pid: int, folder: Path, *, name: str) -> bool:
    """Whether a process of this pid runs, is called `name` and has `folder` as its working folder."""
    try:
        process = psutil.Process(pid)
        return process.name() == name and Path(process.cwd()) == folder.resolve()
    except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
        return False  # not ours to look at, or gone meanwhile: nothing that we could have left behind
