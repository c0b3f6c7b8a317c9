"""What a whole suite takes on one machine: `python tests/load/bench_footprint.py`.

Five services, PostgreSQL and the embedded broker in a data folder of their own: how long the first start takes, with
databases to be made, and the next one; what each process holds in memory when just up and after a company has worked;
and the processor time of a suite in which nothing happens. Resident memory counts what processes share once for each of
them; the proportional figure shares it out.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil

from embedded.services import SERVICES
from embedded.suite import Suite, SuiteFailed
from load.measuring.figures import Figure, Options, Report, main
from load.measuring.router import machine

_TITLE = "the suite on one machine: start, memory, idle processor time"
_MEMORY_MB = 900.0
_FIRST_START_S, _NEXT_START_S = 30.0, 15.0
_DAYS = 2
_SETTLE_S = 5.0
_WORK_LIMIT_S = 1200
_AIM = "the aim"


def measure(options: Options) -> Report:
    """Brings a suite up twice, lets it rest and work, takes it down. One that does not come up is a reason to skip."""
    with tempfile.TemporaryDirectory(prefix="throughline-bench-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL runs as a user of its own when we are root
        suite = Suite(Path(folder) / "data")
        try:
            return Report(_TITLE, tuple(_figures(suite, options)), machine=machine())
        except SuiteFailed as failure:
            return Report(_TITLE, skipped=f"the suite did not come up: {str(failure).splitlines()[0]}")
        finally:
            suite.down()


def _figures(suite: Suite, options: Options) -> Iterator[Figure]:
    first_s = _timed_start(suite)
    suite.down()
    yield Figure("first start, databases made", first_s, "s", _FIRST_START_S, _AIM)
    yield Figure("next start", _timed_start(suite), "s", _NEXT_START_S, _AIM)
    time.sleep(_SETTLE_S)
    yield from _memory(suite, "just up")
    yield from _idle(suite, options.seconds)
    _work(suite, options.leads)
    yield from _memory(suite, f"after {options.leads} leads")


def _timed_start(suite: Suite) -> float:
    began = time.perf_counter()
    suite.up()
    return time.perf_counter() - began


def _memory(suite: Suite, when: str) -> Iterator[Figure]:
    held = {name: _held_mb(process) for name, process in _processes(suite).items() if name in SERVICES}
    rss, pss = sum(each.rss for each in held.values()), sum(each.pss for each in held.values())
    yield Figure(f"five services {when}, resident", rss, "MB", _MEMORY_MB, _AIM, f"proportional {pss:.0f} MB")
    for name, each in held.items():
        yield Figure(f"{name} {when}, resident", each.rss, "MB", note=f"proportional {each.pss:.0f} MB")


def _idle(suite: Suite, seconds: float) -> Iterator[Figure]:
    """Processor time of the suite by part while nobody asks it anything, in percent of one core."""
    trees = {name: [process, *process.children(recursive=True)] for name, process in _processes(suite).items()}
    before = {name: _worked_s(tree) for name, tree in trees.items()}
    began = time.perf_counter()
    time.sleep(seconds)
    elapsed_s = time.perf_counter() - began
    share = {name: 100 * (_worked_s(tree) - before[name]) / elapsed_s for name, tree in trees.items()}
    yield Figure("idle, five services", sum(share[name] for name in SERVICES), "% of a core")
    yield Figure("idle, broker", share["broker"], "% of a core")
    yield Figure("idle, PostgreSQL", share["postgres"], "% of a core")


def _work(suite: Suite, leads: int) -> None:
    """The sample company's first days, by the command that a newcomer would use."""
    command = [sys.executable, "-m", "throughline_cli", "demo", "--leads", str(leads), "--days", str(_DAYS), "--json"]
    environment = {**os.environ, "THROUGHLINE_DATA_DIR": str(suite.folder.path)}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=_WORK_LIMIT_S)


@dataclass(frozen=True, slots=True)
class _Held:
    """Megabytes (2^20 bytes) of memory."""

    rss: float
    pss: float


def _held_mb(process: psutil.Process) -> _Held:
    full = process.memory_full_info()
    return _Held(full.rss / 2**20, full.pss / 2**20)


def _worked_s(tree: Sequence[psutil.Process]) -> float:
    total = 0.0
    for process in tree:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue  # a connection of PostgreSQL that has ended
        total += times.user + times.system
    return total


def _processes(suite: Suite) -> dict[str, psutil.Process]:
    return {each.name: psutil.Process(each.pid) for each in suite.status().processes if each.pid is not None}


if __name__ == "__main__":
    sys.exit(main(measure, seconds=20, leads=100))
