"""The supervisor with real processes: a real database, the real broker, and toys for services."""

from __future__ import annotations

import importlib
import os
import signal
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from embedded import ports
from embedded.plan import Endpoints, GrpcReady, OwnPostgres, Plan, ServiceDatabase, ServiceSpec
from embedded.processes import ProcessId, start_mark
from embedded.state import DataFolder, read_json, write_json
from embedded.suite import Suite, SuiteFailed
from support.waiting import eventually

_TOYS = Path(__file__).parents[1] / "toys"
_TOY = _TOYS / "toy_service.py"

MakeSuite = Callable[..., Suite]
pytestmark = pytest.mark.timeout(120)


class TestUpAndDown:
    def test_up_waits_until_every_service_is_ready(self, make_suite: MakeSuite) -> None:
        suite = make_suite(services=("one", "two"))

        status = suite.up()

        assert status.phase == "ready"
        assert [process.name for process in status.processes] == ["broker", "one", "two"]
        assert {process.state for process in status.processes} == {"ready"}

    def test_up_again_changes_nothing(self, make_suite: MakeSuite) -> None:
        suite = make_suite()
        first = suite.up()

        second = Suite(suite.folder.path, make_plan=suite._make_plan).up()

        assert second == first

    def test_up_with_another_plan_starts_anew(self, make_suite: MakeSuite) -> None:
        suite = make_suite()
        before = _pid(suite.up(), "one")

        after = make_suite(at=suite.folder.path, services=("one", "two")).up()

        assert _pid(after, "one") != before
        assert _pid(after, "two") > 0

    def test_down_ends_every_process_in_good_order_and_keeps_the_folder(self, make_suite: MakeSuite) -> None:
        suite = make_suite()
        status = suite.up()

        suite.down()

        assert suite.status().phase == "stopped"
        assert not any(_runs(process.pid) for process in status.processes)
        assert [line.text for line in suite.logs(["one"])][-1] == "toy: ended in good order"

    def test_down_of_a_suite_that_never_ran_does_nothing(self, tmp_path: Path) -> None:
        suite = Suite(tmp_path / "none")

        suite.down()

        assert suite.status().phase == "stopped"
        assert not suite.folder.path.exists()

    def test_two_at_once_start_it_once(self, make_suite: MakeSuite) -> None:
        suite = make_suite()
        first, second = _up_in_a_thread(suite), _up_in_a_thread(make_suite(at=suite.folder.path))

        assert first() == second()

    def test_two_folders_have_suites_of_their_own(self, make_suite: MakeSuite, folder: Callable[[], Path]) -> None:
        left, right = make_suite(at=folder()), make_suite(at=folder())
        both = [_up_in_a_thread(left), _up_in_a_thread(right)]

        statuses = [wait() for wait in both]

        addresses = [process.address for status in statuses for process in status.processes]
        assert len(set(addresses)) == len(addresses)
        left.down()
        assert right.status().phase == "ready"


class TestCrashes:
    def test_a_killed_service_is_started_again(self, make_suite: MakeSuite) -> None:
        suite = make_suite()
        before = _pid(suite.up(), "one")

        os.kill(before, signal.SIGKILL)

        status = eventually(lambda: _all_ready(suite, restarted="one"), 20)
        assert _pid(status, "one") != before
        assert suite.up() == status

    def test_a_killed_broker_is_started_again_and_filled(self, make_suite: MakeSuite, refills: Path) -> None:
        suite = make_suite(refilled=True)
        status = suite.up()
        assert not refills.exists()

        os.kill(_pid(status, "broker"), signal.SIGKILL)

        eventually(lambda: _all_ready(suite, restarted="broker"), 20)
        assert refills.read_text(encoding="utf-8") == "toy operator\n"

    def test_what_a_killed_supervisor_left_behind_is_ended_by_the_next_up(self, make_suite: MakeSuite) -> None:
        suite = make_suite()
        before = suite.up()
        _kill_supervisor(suite)
        assert suite.status().phase == "abandoned"

        after = suite.up()

        assert after.phase == "ready"
        assert _pid(after, "one") != _pid(before, "one")
        assert not _runs(_pid(before, "one"))

    def test_what_a_killed_supervisor_left_behind_is_ended_by_down(self, make_suite: MakeSuite) -> None:
        suite = make_suite()
        before = suite.up()
        _kill_supervisor(suite)

        suite.down()

        assert suite.status().phase == "stopped"
        assert not _runs(_pid(before, "one"))

    def test_a_stranger_with_a_recycled_pid_is_left_alone(self, make_suite: MakeSuite) -> None:
        suite = make_suite()
        suite.folder.prepare()
        stranger = ProcessId(os.getpid(), "started at another time").as_json()
        write_json(suite.folder.processes, {"one": stranger})
        write_json(suite.folder.supervisor, stranger)

        status = suite.up()
        suite.down()

        assert status.phase == "ready"

    def test_damaged_state_files_do_not_stop_it(self, make_suite: MakeSuite) -> None:
        suite = make_suite()
        suite.folder.prepare()
        for path in (suite.folder.status, suite.folder.plan, suite.folder.processes, suite.folder.supervisor):
            path.write_text('{"half', encoding="utf-8")

        assert suite.up().phase == "ready"


class TestFailures:
    def test_a_service_that_ends_is_named_with_its_last_words(self, make_suite: MakeSuite) -> None:
        suite = make_suite(services=("one", "two"), habits={"two": ("--end-with", "3")})

        with pytest.raises(SuiteFailed, match=r"two: it ended with status 3 while starting") as failure:
            suite.up()

        assert "toy: the setting TOY_COLOUR is missing" in str(failure.value)
        assert str(suite.folder.log("two")) in str(failure.value)
        assert suite.status().phase == "failed"

    def test_a_service_that_never_gets_ready_is_named(self, make_suite: MakeSuite) -> None:
        suite = make_suite(habits={"one": ("--never-ready",)}, start_timeout_s=8)

        with pytest.raises(SuiteFailed, match=r"one: it is not ready after 8 s: says NOT_SERVING"):
            suite.up()

        assert read_json(suite.folder.processes) == {}

    def test_a_taken_port_is_named_with_who_has_it(self, make_suite: MakeSuite) -> None:
        suite = make_suite()
        suite.folder.prepare()
        port = suite._make_plan(suite.folder).services[0].ports["grpc"]

        with socket.create_server(("127.0.0.1", port)), pytest.raises(SuiteFailed) as failure:
            suite.up()

        assert f"one: its grpc port {port} of 127.0.0.1 is taken by process {os.getpid()}" in str(failure.value)
        assert "--new-ports" in str(failure.value)

    def test_other_ports_are_chosen_when_asked_for(self, make_suite: MakeSuite) -> None:
        suite = make_suite()
        suite.folder.prepare()
        port = suite._make_plan(suite.folder).services[0].ports["grpc"]

        with socket.create_server(("127.0.0.1", port)):
            suite.forget_ports()
            status = suite.up()

        assert status.phase == "ready"


class TestDatabase:
    def test_the_database_is_migrated_once_and_comes_back_after_a_kill(
        self, make_suite: MakeSuite, folder: Callable[[], Path], refills: Path
    ) -> None:
        migrations = folder() / "migrations.txt"
        suite = make_suite(with_database=migrations, refilled=True)
        first = suite.up()
        assert _lines(migrations) == 1
        assert not refills.exists()  # nothing was there to be sent again

        os.kill(_pid(first, "postgres"), signal.SIGKILL)
        eventually(lambda: _all_ready(suite, restarted="postgres"), 30)
        suite.down()
        suite.up()

        assert _lines(migrations) == 1
        assert refills.read_text(encoding="utf-8") == "toy operator\n"

    def test_a_killed_supervisor_and_database_are_recovered(
        self, make_suite: MakeSuite, folder: Callable[[], Path]
    ) -> None:
        suite = make_suite(with_database=folder() / "migrations.txt")
        status = suite.up()
        _kill_supervisor(suite)
        os.kill(_pid(status, "postgres"), signal.SIGKILL)

        assert suite.up().phase == "ready"

    def test_a_failed_migration_is_named(self, make_suite: MakeSuite, folder: Callable[[], Path]) -> None:
        suite = make_suite(with_database=folder() / "no such folder" / "migrations.txt")

        with pytest.raises(SuiteFailed, match=r"one: its migration ended with status 1") as failure:
            suite.up()

        assert "FileNotFoundError" in str(failure.value)

    def test_secrets_are_readable_by_their_owner_alone(self, make_suite: MakeSuite, folder: Callable[[], Path]) -> None:
        suite = make_suite(with_database=folder() / "migrations.txt")
        suite.up()

        modes = [stat.S_IMODE(path.stat().st_mode) for path in (suite.folder.plan, suite.folder.state)]

        assert modes == [0o600, 0o600]


@pytest.fixture
def folder(shared_folder: Any, tmp_path: Path) -> Callable[[], Path]:
    """New folders that PostgreSQL's user can reach; pytest's own belong to their user alone."""
    numbers = iter(range(100))

    def make() -> Path:
        made = shared_folder.path / f"suite-{tmp_path.name}-{os.getpid()}-{next(numbers)}"
        made.mkdir()
        return Path(made)

    return make


@pytest.fixture
def refills(folder: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that each refill adds a line to."""
    record = folder() / "refills.txt"
    monkeypatch.setenv("TOY_REFILLS", str(record))
    monkeypatch.setenv("PYTHONPATH", str(_TOYS), prepend=os.pathsep)
    monkeypatch.syspath_prepend(str(_TOYS))
    return record


@pytest.fixture
def make_suite(folder: Callable[[], Path]) -> Iterator[MakeSuite]:
    """Suites of toys; all are taken down afterwards."""
    made: list[Suite] = []

    def make(*, at: Path | None = None, refilled: bool = False, **wishes: Any) -> Suite:
        refill = importlib.import_module("toy_refill").refill if refilled else None
        suite = Suite(at or folder(), make_plan=lambda place: _toy_plan(place, **wishes), refill=refill)
        made.append(suite)
        return suite

    yield make
    for suite in made:
        suite.down()


def _toy_plan(
    place: DataFolder,
    *,
    services: tuple[str, ...] = ("one",),
    habits: dict[str, tuple[str, ...]] | None = None,
    start_timeout_s: float = 30,
    with_database: Path | None = None,
) -> Plan:
    chosen = ports.kept(place, ["broker", "postgres", *services])
    return Plan(
        postgres=OwnPostgres(port=chosen["postgres"], password="toy") if with_database else None,
        broker_port=chosen["broker"],
        services=tuple(
            ServiceSpec(
                name=service,
                command=(sys.executable, str(_TOY), "serve", str(chosen[service]), *(habits or {}).get(service, ())),
                environment={},
                ports={"grpc": chosen[service]},
                ready=(GrpcReady(address=f"127.0.0.1:{chosen[service]}"),),
                address=f"127.0.0.1:{chosen[service]}",
                database=_toy_database(with_database),
            )
            for service in services
        ),
        endpoints=Endpoints(client_id="toy operator"),
        start_timeout_s=start_timeout_s,
        stop_grace_s=5,
    )


def _toy_database(migrations: Path | None) -> ServiceDatabase | None:
    if migrations is None:
        return None
    command = (sys.executable, str(_TOY), "migrate", str(migrations))
    return ServiceDatabase(owner_password="owner", login_password="login", migrate=command, sources=(_TOY,))


def _pid(status: Any, name: str) -> int:
    (pid,) = (process.pid for process in status.processes if process.name == name)
    return int(pid)


def _runs(pid: int | None) -> bool:
    return pid is not None and start_mark(pid) is not None


def _all_ready(suite: Suite, *, restarted: str) -> Any:
    status = suite.status()
    again = {process.name: process.restarts for process in status.processes}
    ready = all(process.state == "ready" for process in status.processes)
    return status if status.phase == "ready" and ready and again[restarted] == 1 else None


def _kill_supervisor(suite: Suite) -> None:
    supervisor = ProcessId.from_json(read_json(suite.folder.supervisor))
    assert supervisor is not None
    supervisor.kill()


def _up_in_a_thread(suite: Suite) -> Callable[[], Any]:
    pool = ThreadPoolExecutor(max_workers=1)
    future = pool.submit(suite.up)

    def wait() -> Any:
        try:
            return future.result()
        finally:
            pool.shutdown()

    return wait


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())
