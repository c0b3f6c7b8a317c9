"""Servers that all workers of one test run share, although each worker is a process of its own.

The first worker that needs a server starts it, under a file lock, and writes down how to reach it; the others read
that. The controlling process stops everything at the end. When a run was killed, the next run finds what it left behind
by the process ids written down, and ends exactly those.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from embedded.processes import ProcessId

Record = dict[str, Any]
_PREFIX = f"throughline-tests-{os.getuid()}-"
_OWNER = "owner.json"
_MEMORY = Path("/dev/shm")
_ROOM = 6 * 2**30
"""Bytes. A run takes two to three gigabytes: suites, brokers, and a copy of a database for each test under way."""


def _has_room_in_memory() -> bool:
    """Whether files may be kept in memory: a database is a thousand files, made and removed for each adapter test.

    On a disk's file system that is two thirds of such a test's time. Kills are as real: what a process had written is
    there after its end, wherever it is kept.
    """
    if not (os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM):
        return False
    return psutil.virtual_memory().available > _ROOM


class SharedFolder:
    """The folder of one test run, in memory or on local disk, passable for the user that PostgreSQL runs as."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept: list[object] = []

    @classmethod
    def at(cls, path: str) -> SharedFolder:
        """For a worker: the folder that the controlling process made."""
        return cls(Path(path))

    @classmethod
    def make(cls) -> SharedFolder:
        """For the controlling process: a new folder, after clearing away those of runs that were killed."""
        for place in (_MEMORY, Path(tempfile.gettempdir())):
            for folder in place.glob(f"{_PREFIX}*"):
                _clear_if_abandoned(folder)
        path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_MEMORY if _has_room_in_memory() else None))
        path.chmod(0o711)
        if (owner := ProcessId.of(os.getpid())) is not None:
            _write_json(path / _OWNER, owner.as_json())
        return cls(path)

    def once(self, name: str, build: Callable[[], Record]) -> Record:
        """What `build` returned the first time any process of this run asked for `name`; the others wait for it."""
        with self.locked(name):
            path = self.path / f"{name}.record.json"
            if not path.exists():
                _write_json(path, build())
            record: Record = _read_json(path)
            return record

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """One process of this run at a time."""
        with (self.path / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def remember(self, process: ProcessId) -> None:
        """Has this process ended with the run at the latest. Call it again after each restart."""
        _write_json(self.path / f"{process.pid}.process.json", process.as_json())

    def remember_container(self, name: str) -> None:
        """Has the container of this name removed with the run at the latest."""
        _write_json(self.path / f"{name}.container.json", name)

    def remember_suite(self, folder: Path) -> None:
        """Has the suite of this data folder taken down with the run at the latest."""
        _write_json(self.path / f"{folder.name}.suite.json", str(folder))

    def keep(self, server: object) -> None:
        """Holds on to an object that owns a running child process, which Python would else complain about."""
        self._kept.append(server)

    def note(self, name: str, line: str) -> None:
        """Shows a line at the end of the test run; the same name says it once, however many workers say it."""
        _write_json(self.path / f"{name}.note.json", line)

    def notes(self) -> list[str]:
        """The lines noted so far, in the order of their names."""
        return [_read_json(path) for path in sorted(self.path.glob("*.note.json"))]

    def close(self) -> None:
        """Ends every process started for the run and removes the folder."""
        _end_processes(self.path)
        shutil.rmtree(self.path, ignore_errors=True)


def _clear_if_abandoned(folder: Path) -> None:
    try:
        owner = ProcessId.from_json(_read_json(folder / _OWNER))
    except (FileNotFoundError, json.JSONDecodeError):
        return  # being made by another run right now
    if owner is None or owner.is_alive:
        return
    _end_processes(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _end_processes(folder: Path) -> None:
    for path in folder.glob("*.suite.json"):
        from embedded.suite import Suite  # noqa: PLC0415 (slow to import, and most runs start no suite)

        Suite(Path(_read_json(path))).down()
    found = [ProcessId.from_json(_read_json(path)) for path in folder.glob("*.process.json")]
    processes = [process for process in found if process is not None and process.is_alive]
    for process in processes:
        process.send(signal.SIGQUIT if _is_postgres(process) else signal.SIGTERM)
    for process in processes:
        process.stop(grace_s=3)
    for path in folder.glob("*.container.json"):
        from support import containers  # noqa: PLC0415 (needed where an engine is, and nowhere else)

        containers.remove(_read_json(path))


def _is_postgres(process: ProcessId) -> bool:
    """Data nobody wants needs no clean stop: SIGQUIT is PostgreSQL's immediate one; a JVM would only print threads."""
    import psutil  # noqa: PLC0415 (only the end of a run needs it)

    try:
        return str(psutil.Process(process.pid).name()) == "postgres"
    except psutil.NoSuchProcess:
        return False


def _write_json(path: Path, value: object) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(value), encoding="utf-8")
    draft.replace(path)


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
