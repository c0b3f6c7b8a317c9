"""The check of tracked files finds what would tie the repository to a machine or to a package index."""

from pathlib import Path

import check_tracked_files
import pytest

INDEX = "https://pypi" + ".org/simple"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(check_tracked_files, "ROOT", tmp_path)
    return tmp_path


def write(repository: Path, name: str, content: str) -> str:
    file = repository / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return name


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("uv.lock", "", "records the addresses"),
        ("Makefile", f"pip install --index-url {INDEX} ruff", "names a package index"),
        ("requirements.lock", "ruff @ https://mirror.example/ruff.whl", "a lock names an address"),
        ("web/package-lock.json", '"resolved": "https://mirror.example/react.tgz"', "a lock names an address"),
        ("docs/run.md", "cd /wo" + "rk/main", "a path of one machine"),
        ("tests/e2e/x.py", 'open("/ro' + 'ot/.ssh/config")', "a path of one machine"),
        ("libs/chassis/tests/unit/__init__.py", "", "test folders of members are no packages"),
    ],
)
def test_file_that_ties_to_one_place_is_named(repository: Path, name: str, content: str, fault: str) -> None:
    write(repository, name, content)

    found = list(check_tracked_files.faults_of(name))

    assert len(found) == 1
    assert name in found[0]
    assert fault in found[0]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("README.md", "see https://semver.org"),
        ("src/a.py", "ratio = this/work/that"),
        ("docker/Dockerfile", "WORKDIR /wo" + "rk/src"),
        ("tests/support/__init__.py", ""),
        ("tests/fuzz/__init__.py", ""),
    ],
)
def test_ordinary_file_passes(repository: Path, name: str, content: str) -> None:
    write(repository, name, content)

    assert list(check_tracked_files.faults_of(name)) == []
