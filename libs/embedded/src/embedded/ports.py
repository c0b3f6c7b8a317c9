"""Chooses TCP ports that stay the same for a data folder and that no other folder of this user uses.

Asking the kernel for "any free port" gives one of its ephemeral range, which the next outgoing connection of any
program may take while the suite is down. Ports are therefore taken from below that range. A registry for each user in
the temporary folder, guarded by a lock, keeps checkouts apart that start together or while the other is stopped.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import socket
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from embedded.state import DataFolder, read_json, write_json

_STATE_KEY = "ports"
LOWEST, HIGHEST = 18_000, 32_000
HOST = "127.0.0.1"


class NoFreePort(RuntimeError):
    """Every port of the range is taken or listened on."""


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def is_listening(port: int, *, host: str = HOST, timeout_s: float = 1) -> bool:
    """Whether a server accepts connections on this port now."""
    try:
        with socket.create_connection((host, port), timeout=timeout_s):
            return True
    except OSError:
        return False


def kept(folder: DataFolder, names: Iterable[str]) -> dict[str, int]:
    """The ports of a suite, chosen the first time and kept in its state file; as `assign`, of which it is a use."""
    state = read_json(folder.state)
    chosen = assign(folder.path, names, held=state.get(_STATE_KEY))
    if state.get(_STATE_KEY) != chosen:
        write_json(folder.state, state | {_STATE_KEY: chosen})
    return chosen


def forget(folder: DataFolder) -> None:
    """Has the next `kept` choose anew, avoiding ports that are busy then."""
    write_json(folder.state, {name: value for name, value in read_json(folder.state).items() if name != _STATE_KEY})
    release(folder.path)


def assign(folder: Path, names: Iterable[str], *, held: Mapping[str, int] | None = None) -> dict[str, int]:
    """Gives each name a port for this folder; the same call later, or with more names, gives the same ports again.

    Args:
        folder: whom the ports are for; a folder that has vanished loses its ports.
        names: what each port is for, such as "postgres".
        held: the ports this folder had before (from its own state file); they are kept unless another folder has
            them. Their being busy is not a reason to change them: most likely the suite itself is running.
    Raises:
        NoFreePort: the range is used up.
    """
    folder = folder.resolve()
    with _registry() as taken:
        others = {port for owner, ports in taken.items() if owner != str(folder) for port in ports.values()}
        known = {**(held or {}), **taken.get(str(folder), {})}
        mine = {name: port for name, port in known.items() if port not in others}
        candidates = _candidates(folder, unavailable=others | set(mine.values()))
        for name in names:
            if name not in mine:
                mine[name] = next(candidates)
        taken[str(folder)] = mine
    return {name: mine[name] for name in names}


def release(folder: Path) -> None:
    """Gives the folder's ports back for others to use."""
    with _registry() as taken:
        taken.pop(str(folder.resolve()), None)


def _candidates(folder: Path, unavailable: set[int]) -> Iterator[int]:
    """Free ports, starting at a place that the folder's name decides, so that a wiped folder gets the same again."""
    span = HIGHEST - LOWEST
    first = int.from_bytes(hashlib.sha256(str(folder).encode()).digest()[:4], "big") % span
    for step in range(span):
        port = LOWEST + (first + step) % span
        if port not in unavailable and is_free(port):
            yield port
    message = f"No free TCP port left between {LOWEST} and {HIGHEST}."
    raise NoFreePort(message)


@contextmanager
def _registry() -> Iterator[dict[str, dict[str, int]]]:
    """The ports of all folders, locked while the caller changes them, saved when the caller leaves without an error."""
    path = runtime_folder() / "ports.json"
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        text = file.read()
        try:
            stored: dict[str, dict[str, int]] = json.loads(text) if text else {}
        except json.JSONDecodeError:
            stored = {}  # half written by a process that was killed; each folder still knows its own from its state
        taken = {owner: ports for owner, ports in stored.items() if Path(owner).is_dir()}
        yield taken
        file.seek(0)
        file.truncate()
        json.dump(taken, file, indent=1)


def runtime_folder() -> Path:
    """This user's folder for short-lived files that must lie on a local disk; made on first use, for its owner only.

    Raises:
        PermissionError: somebody else made a folder of that name.
    """
    folder = Path(tempfile.gettempdir()) / f"throughline-{os.getuid()}"
    folder.mkdir(mode=0o711, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        message = f"{folder} belongs to another user; set TMPDIR to a folder of your own."
        raise PermissionError(message)
    return folder
