"""Reads the samples of a process: which area and which functions its processor time went to."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from load.measuring.figures import Share

_AREAS = (
    ("matching (normal forms, keys, comparing)", ("/matching/",)),
    ("receipt", ("/routing/receipt.py", "/routing/canonical_json.py")),
    ("deciding", ("/lead_router/domain/routing/", "/numpy/")),
    ("answer and request (protobuf)", ("/adapters/grpc/", "/chassis/proto_values.py")),
    ("telemetry", ("/opentelemetry/", "/chassis/telemetry.py", "/interceptors/telemetry.py", "/prometheus_client/")),
    (
        "interceptors (token, policy, validation, deadline)",
        ("/interceptors/", "/chassis/authentication.py", "/chassis/identity.py", "/chassis/authorization.py",
         "/chassis/validation.py", "/chassis/requests.py", "/protovalidate/", "/joserfc/", "/cedarpy/"),
    ),
    ("SQL (SQLAlchemy, asyncpg)", ("/sqlalchemy/", "/asyncpg/")),
    ("rows and documents", ("/adapters/postgres/",)),
    ("events, notices", ("/chassis/outbox.py", "/adapters/kafka/")),
    ("audit, timers, stored answers", ("/chassis/audit.py", "/chassis/timers.py", "/chassis/idempotency.py")),
    ("working time", ("/chassis/working_time.py", "/chassis/shifts.py")),
    ("use case and aggregate", ("/lead_router/application/", "/lead_router/domain/", "/adapters/batching/")),
    ("chassis, other", ("/chassis/database.py", "/chassis/directory", "/chassis/context.py", "/chassis/ids.py")),
)  # fmt: skip
_REST = "gRPC core, event loop, other threads"


def begin(pid: int) -> None:
    """Has the process, run by `sampled`, take samples from now on."""
    os.kill(pid, signal.SIGUSR1)


def end(pid: int, file: Path, timeout_s: float = 20) -> list[tuple[int, list[str]]]:
    """Ends sampling and returns (samples, stack from the outermost frame) for each stack seen.

    Raises:
        TimeoutError: the process has written nothing.
    """
    os.kill(pid, signal.SIGUSR2)
    until = time.monotonic() + timeout_s
    while not file.exists():
        if time.monotonic() > until:
            raise TimeoutError(f"process {pid} wrote no samples")
        time.sleep(0.05)
    stacks = []
    for line in file.read_text(encoding="utf-8").splitlines():
        count, _, frames = line.partition("\t")
        stacks.append((int(count), frames.split(";")))
    file.unlink()
    return stacks


def areas(stacks: Sequence[tuple[int, list[str]]]) -> list[Share]:
    """Processor time by area: that of the innermost frame that belongs to one."""
    counts: Counter[str] = Counter()
    for count, frames in stacks:
        counts[next((area for frame in reversed(frames) if (area := _area_of(frame))), _REST)] += count
    return _shares(counts, sum(counts.values()))


def functions(stacks: Sequence[tuple[int, list[str]]], most: int = 20) -> list[Share]:
    """Functions of ours with the most processor time, callees included."""
    counts: Counter[str] = Counter()
    for count, frames in stacks:
        for name in {_name_of(frame) for frame in frames if "/src/" in frame}:
            counts[name] += count
    return _shares(counts, sum(count for count, _ in stacks))[:most]


def _area_of(frame: str) -> str:
    path = frame.rpartition(":")[0]
    return next((area for area, parts in _AREAS if any(part in path for part in parts)), "")


def _name_of(frame: str) -> str:
    path, _, function = frame.rpartition(":")
    return f"{path.rpartition('/src/')[2].removesuffix('.py')}: {function}"


def _shares(counts: Counter[str], whole: int) -> list[Share]:
    return [Share(name, round(100 * count / whole, 1)) for name, count in counts.most_common()] if whole else []
