"""What the embedded suite keeps in its data folder, and how files there are written so that a crash cannot halve them.

| path | what |
|---|---|
| `credentials.json` | passwords and client secrets; mode 0600, made once |
| `issuer-key.pem`, `api-key-signing-key.pem`, `sealing-key.txt` | keys; mode 0600, made once |
| `state.json` | ports, and what was already provisioned and migrated |
| `plan.json` | what the supervisor is to run; mode 0600, as it holds passwords |
| `status.json` | what runs, written by the supervisor |
| `supervisor.json` | which process the supervisor is |
| `processes.json` | the supervisor's children, for whoever has to clean up after it |
| `postgres/`, `objects/` | data |
| `log/` | one log for each process |
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LOCATION_SETTING = "THROUGHLINE_DATA_DIR"
_KEPT_LOG_BYTES = 10_000_000


class FolderUnusable(RuntimeError):
    """The data folder cannot be used; the message says why and what to do."""


class DataFolder:
    """The paths in one data folder. Nothing is made before `prepare`."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.state = self.path / "state.json"
        self.plan = self.path / "plan.json"
        self.status = self.path / "status.json"
        self.supervisor = self.path / "supervisor.json"
        self.processes = self.path / "processes.json"
        self.credentials = self.path / "credentials.json"
        self.issuer_key = self.path / "issuer-key.pem"
        self.api_key_signing_key = self.path / "api-key-signing-key.pem"
        self.sealing_key = self.path / "sealing-key.txt"
        self.postgres = self.path / "postgres"
        self.objects = self.path / "objects"
        self.logs = self.path / "log"

    def prepare(self) -> None:
        """Makes the folder; others may pass through it (PostgreSQL's user has to), but not list it.

        Raises:
            FolderUnusable: somebody else owns it, or the disk refuses.
        """
        try:
            for folder in (self.path, self.logs, self.objects):
                folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        except OSError as error:
            message = (
                f"The data folder {self.path} cannot be made: {error.strerror}. Set {LOCATION_SETTING} to another."
            )
            raise FolderUnusable(message) from error
        if not os.access(self.path, os.W_OK | os.X_OK) or self.path.stat().st_uid != os.geteuid():
            message = (
                f"The data folder {self.path} belongs to another user; most likely the suite was started as root. "
                f"Start it as that user again, remove the folder, or set {LOCATION_SETTING} to another."
            )
            raise FolderUnusable(message)

    def log(self, name: str) -> Path:
        """The log file of a process."""
        return self.logs / f"{name}.log"

    def trim_log(self, name: str) -> None:
        """Puts a log of more than 10 MB aside as `<name>.log.1`, in place of the last; its writer must be down."""
        log = self.log(name)
        if log.exists() and log.stat().st_size > _KEPT_LOG_BYTES:
            log.replace(log.with_name(f"{log.name}.1"))

    @contextmanager
    def only_one(self, what: str) -> Iterator[None]:
        """Waits until no other process holds this lock of the folder. The kernel frees it when its holder dies."""
        with (self.path / f"{what}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def only_one_or_none(self, what: str) -> Iterator[bool]:
        """As `only_one`, but gives False at once when another process holds the lock."""
        with (self.path / f"{what}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


def default_location() -> Path:
    """`.var` in the checkout this code lies in, or in the current folder when it is installed elsewhere."""
    if chosen := os.environ.get(LOCATION_SETTING):
        return Path(chosen)
    for folder in Path(__file__).resolve().parents:
        if (folder / "libs" / "embedded").is_dir() and (folder / "services").is_dir():
            return folder / ".var"
    return Path.cwd() / ".var"


def read_json(path: Path) -> Any:
    """The file's value; an empty dict when there is no file or no JSON in it."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}


def write_text(path: Path, text: str) -> None:
    """Replaces the file in one step; only its owner may read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def write_json(path: Path, value: object) -> None:
    """As `write_text`, for a value of plain types."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False))
