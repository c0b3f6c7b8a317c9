from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from embedded.processes import ProcessId

_FOREVER = "import time; print('up', flush=True); time.sleep(600)"
_STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {_FOREVER}"


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    yield from _running(_FOREVER)


@pytest.fixture
def stubborn() -> Iterator[subprocess.Popen[bytes]]:
    yield from _running(_STUBBORN)


def _running(program: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        yield process
        process.kill()


def _process(pid: int) -> ProcessId:
    process = ProcessId.of(pid)
    assert process is not None
    return process


def test_a_process_is_known_again_from_its_json() -> None:
    myself = _process(os.getpid())

    assert ProcessId.from_json(myself.as_json()) == myself
    assert myself.is_alive


def test_the_same_pid_with_another_start_is_somebody_else() -> None:
    recycled = ProcessId(os.getpid(), "the boot before/12345")

    assert not recycled.is_alive
    assert not recycled.send(signal.SIGKILL)


@pytest.mark.parametrize("damaged", [None, {}, {"pid": "7", "started": "x"}, [1], {"pid": 7}])
def test_a_damaged_entry_names_no_process(damaged: object) -> None:
    assert ProcessId.from_json(damaged) is None


def test_a_process_that_ended_but_was_not_waited_for_is_gone(sleeper: subprocess.Popen[bytes]) -> None:
    process = _process(sleeper.pid)

    process.send(signal.SIGKILL)

    assert process.wait(timeout_s=5)


def test_no_process_has_no_id(sleeper: subprocess.Popen[bytes]) -> None:
    sleeper.kill()
    sleeper.wait()

    assert ProcessId.of(sleeper.pid) is None


def test_a_process_that_ignores_the_request_is_killed(stubborn: subprocess.Popen[bytes]) -> None:
    _process(stubborn.pid).stop(grace_s=0.2)

    assert stubborn.wait() == -signal.SIGKILL
