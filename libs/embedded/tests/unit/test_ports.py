from __future__ import annotations

import socket
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from embedded import ports
from embedded.state import DataFolder


@pytest.fixture(autouse=True)
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry of this test's own, in place of the user's."""
    place = tmp_path / "runtime"
    place.mkdir()
    monkeypatch.setattr("embedded.ports.runtime_folder", lambda: place)
    return place / "ports.json"


def test_a_folder_gets_the_same_ports_again(tmp_path: Path) -> None:
    first = ports.assign(tmp_path, ["one", "two"])

    assert ports.assign(tmp_path, ["two", "one"]) == first
    assert first["one"] != first["two"]


def test_a_new_name_does_not_move_the_old_ones(tmp_path: Path) -> None:
    first = ports.assign(tmp_path, ["one"])

    assert ports.assign(tmp_path, ["zero", "one"])["one"] == first["one"]


def test_ports_lie_below_the_range_of_outgoing_connections(tmp_path: Path) -> None:
    assigned = ports.assign(tmp_path, [str(number) for number in range(50)])

    assert all(ports.LOWEST <= port < ports.HIGHEST < 32_768 for port in assigned.values())


def test_a_stopped_folder_keeps_its_ports_from_others(tmp_path: Path) -> None:
    left, right = _folders(tmp_path, 2)
    taken = ports.assign(left, ["one"])["one"]

    assert ports.assign(right, ["one"], held={"one": taken})["one"] != taken


def test_a_removed_folder_frees_its_ports(tmp_path: Path) -> None:
    left, right = _folders(tmp_path, 2)
    freed = ports.assign(left, ["one"])["one"]

    left.rmdir()

    assert ports.assign(right, ["one"], held={"one": freed})["one"] == freed


def test_a_busy_port_is_not_chosen(tmp_path: Path) -> None:
    first = ports.assign(tmp_path, ["one"])["one"]
    ports.release(tmp_path)

    with socket.create_server((ports.HOST, first)):
        assert ports.assign(tmp_path, ["one"])["one"] != first


def test_a_lost_registry_is_made_good_from_the_folder(tmp_path: Path, registry: Path) -> None:
    folder = DataFolder(tmp_path / "var")
    folder.prepare()
    first = ports.kept(folder, ["one"])

    registry.write_text('{"half', encoding="utf-8")

    assert ports.kept(folder, ["one"]) == first


def test_folders_that_start_at_the_same_moment_do_not_collide(tmp_path: Path, registry: Path) -> None:
    folders = _folders(tmp_path, 8)

    with ProcessPoolExecutor(max_workers=8) as pool:
        chosen = list(pool.map(_assign_with, [registry.parent] * 8, folders))

    assert len({port for assigned in chosen for port in assigned.values()}) == 8 * 3


def _assign_with(runtime: Path, folder: Path) -> dict[str, int]:
    ports.runtime_folder = lambda: runtime
    return ports.assign(folder, ["one", "two", "three"])


def _folders(tmp_path: Path, count: int) -> list[Path]:
    folders = [tmp_path / f"checkout-{number}" for number in range(count)]
    for folder in folders:
        folder.mkdir()
    return folders
