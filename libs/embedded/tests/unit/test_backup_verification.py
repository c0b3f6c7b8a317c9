"""A backup is looked at as a whole before anything is touched, and every fault is named at once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

import pytest

from embedded.backup.archive import drafted, opened, read_manifest
from embedded.backup.faults import BackupUnusable, Fault, TargetTaken
from embedded.backup.manifest import FORMAT, MANIFEST, DatabasePart, FilesPart, Manifest, Part
from embedded.backup.steps import unwatched
from embedded.backup.verification import verified

NOW = datetime(2026, 11, 1, tzinfo=UTC)
REVISIONS = {"collab": "0009", "pipeline": "0012"}


def _fill(folder: Path) -> Manifest:
    """A backup of two databases, neither of them real."""
    for name in ("collab.dump", "pipeline.dump", "objects.tar", "keys.json"):
        (folder / name).write_text(f"content of {name}", encoding="utf-8")
    databases = tuple(
        DatabasePart(service=service, part=Part.of(folder, f"{service}.dump"), revision=revision, taken_at=NOW)
        for service, revision in REVISIONS.items()
    )
    manifest = Manifest(
        id="0190f3c4-0000-7000-8000-000000000001",
        product_version="0.1.0",
        server_version="18.6",
        made_at=NOW,
        databases=databases,
        files=FilesPart(part=Part.of(folder, "objects.tar"), count=3, bytes=30),
        keys=Part.of(folder, "keys.json"),
    )
    _write(folder, manifest)
    return manifest


def _write(folder: Path, manifest: Manifest) -> None:
    (folder / MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")


def _break_off(location: Path) -> None:
    with drafted(location, unwatched) as draft:
        _fill(draft)
        raise KeyboardInterrupt


def _faults(folder: Path, services: Collection[str] = tuple(REVISIONS), server_version: str = "18.6") -> list[Fault]:
    with pytest.raises(BackupUnusable) as refusal:
        verified(folder, services, revisions=REVISIONS, server_version=server_version)
    return list(refusal.value.faults)


def test_a_whole_backup_is_accepted(tmp_path: Path) -> None:
    manifest = _fill(tmp_path)

    assert verified(tmp_path, tuple(REVISIONS), revisions=REVISIONS, server_version="18.6") == manifest


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    manifest = _fill(tmp_path)
    (tmp_path / "collab.dump").unlink()
    (tmp_path / "pipeline.dump").write_text("Content of pipeline.dump", encoding="utf-8")
    (tmp_path / "objects.tar").write_text("cut", encoding="utf-8")
    newer = manifest.databases[0].model_copy(update={"revision": "0010"})
    _write(
        tmp_path, manifest.model_copy(update={"databases": (newer, manifest.databases[1]), "server_version": "19.1"})
    )

    faults = _faults(tmp_path, ("collab", "pipeline", "billing"))

    assert {(fault.kind, fault.values.get("part") or fault.values.get("service")) for fault in faults} == {
        ("server_newer", None),
        ("revision_newer", "collab"),
        ("service_unknown", "billing"),
        ("part_missing", "collab.dump"),
        ("part_corrupt", "pipeline.dump"),
        ("part_size", "objects.tar"),
    }


def test_a_database_that_the_backup_lacks_is_named(tmp_path: Path) -> None:
    manifest = _fill(tmp_path)
    _write(tmp_path, manifest.model_copy(update={"databases": manifest.databases[:1]}))

    assert _faults(tmp_path) == [Fault("database_missing", {"service": "pipeline"})]


def test_an_older_schema_is_no_fault(tmp_path: Path) -> None:
    manifest = _fill(tmp_path)
    older = manifest.databases[0].model_copy(update={"revision": "0001"})
    _write(tmp_path, manifest.model_copy(update={"databases": (older, manifest.databases[1])}))

    manifest = verified(tmp_path, ("collab",), revisions=REVISIONS, server_version="18.6")

    assert manifest.databases[0].revision == "0001"


@pytest.mark.parametrize(
    ("text", "kind"),
    [(None, "manifest_missing"), ("{", "manifest_unreadable"), ('{"format": 1}', "manifest_unreadable")],
)
def test_a_folder_that_is_no_backup_is_told_apart(tmp_path: Path, text: str | None, kind: str) -> None:
    if text is not None:
        (tmp_path / MANIFEST).write_text(text, encoding="utf-8")

    assert [fault.kind for fault in _faults(tmp_path)] == [kind]


def test_a_newer_format_is_not_guessed_at(tmp_path: Path) -> None:
    manifest = _fill(tmp_path)
    _write(tmp_path, manifest.model_copy(update={"format": FORMAT + 1}))

    assert [fault.kind for fault in _faults(tmp_path)] == ["format_newer"]


@pytest.mark.parametrize("name", ["backup", "backup.tar"])
def test_a_backup_appears_under_its_name_only_when_it_is_whole(tmp_path: Path, name: str) -> None:
    location = tmp_path / "somewhere" / name

    with pytest.raises(KeyboardInterrupt):
        _break_off(location)
    left_by_the_first = list(location.parent.iterdir())
    with drafted(location, unwatched) as draft:
        manifest = _fill(draft)
        assert not location.exists()

    assert left_by_the_first == []
    assert list(location.parent.iterdir()) == [location]
    assert location.stat().st_mode & 0o077 == 0
    with opened(location, tmp_path, unwatched) as folder:
        assert read_manifest(folder) == manifest


def test_a_backup_never_takes_the_place_of_another(tmp_path: Path) -> None:
    (tmp_path / "backup.tar").touch()

    with pytest.raises(TargetTaken), drafted(tmp_path / "backup.tar", unwatched):
        raise AssertionError("there is nothing to be filled")


def test_half_a_tar_file_is_told_apart(tmp_path: Path) -> None:
    location = tmp_path / "backup.tar"
    with drafted(location, unwatched) as draft:
        _fill(draft)
    location.write_bytes(location.read_bytes()[:700])

    with pytest.raises(BackupUnusable) as refusal, opened(location, tmp_path, unwatched):
        raise AssertionError("there is nothing to be read")

    assert [fault.kind for fault in refusal.value.faults] == ["manifest_unreadable"]
