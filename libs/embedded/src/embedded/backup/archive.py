"""Where a backup lies: a folder, or one tar file. It appears under its name only when it is whole."""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from embedded.backup.faults import BackupUnusable, Fault, TargetTaken
from embedded.backup.manifest import FORMAT, MANIFEST, Manifest
from embedded.backup.steps import Step, Watcher

_SUFFIX = ".tar"
_DRAFT = ".draft-"


def is_file(location: Path) -> bool:
    """Whether the backup is one file rather than a folder; its name ends with `.tar` then."""
    return location.suffix == _SUFFIX


@contextmanager
def drafted(location: Path, watcher: Watcher) -> Iterator[Path]:
    """A folder to fill, readable by its owner alone; at the end of the block it gets its name, or becomes a tar file.

    Drafts that a killed run has left beside it are removed.

    Raises:
        TargetTaken: there is something of that name.
    """
    location = location.absolute()
    if location.exists():
        raise TargetTaken(str(location))
    location.parent.mkdir(parents=True, exist_ok=True)
    for leftover in location.parent.glob(f".{location.name}{_DRAFT}*"):
        _remove(leftover)
    draft = Path(tempfile.mkdtemp(prefix=f".{location.name}{_DRAFT}", dir=location.parent))
    packed = draft.with_name(f"{draft.name}{_SUFFIX}")
    try:
        yield draft
        if is_file(location):
            watcher(Step("pack"))
            _pack(draft, packed)
            _keep(packed, location)
        else:
            _keep(draft, location)
    finally:
        for rest in (draft, packed):
            _remove(rest)


def _pack(folder: Path, into: Path) -> None:
    """The manifest first, so that a reader finds it at once."""
    names = sorted((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.name != MANIFEST)
    into.touch(mode=0o600)
    with tarfile.open(into, "w") as tar:
        for path in names:
            tar.add(path, arcname=str(path.relative_to(folder)))
    with into.open("rb") as file:
        os.fsync(file.fileno())


def _keep(draft: Path, location: Path) -> None:
    if location.exists():  # somebody else was faster; a rename would put the draft in its place
        raise TargetTaken(str(location))
    draft.rename(location)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def opened(location: Path, scratch: Path, watcher: Watcher) -> Iterator[Path]:
    """The folder of a backup; a tar file is unpacked into `scratch` for the time of the block.

    Raises:
        BackupUnusable: there is none, or the tar file is damaged.
    """
    if location.is_dir():
        yield location
        return
    if not location.is_file():
        raise BackupUnusable([Fault("manifest_missing", {"place": str(location)})])
    watcher(Step("unpack"))
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=scratch) as name:
        try:
            with tarfile.open(location) as tar:
                tar.extractall(name, filter="data")
        except (tarfile.TarError, EOFError, OSError) as error:
            fault = Fault("manifest_unreadable", {"place": str(location), "cause": str(error)})
            raise BackupUnusable([fault]) from error
        yield Path(name)


def read_manifest(folder: Path) -> Manifest:
    """What the backup in a folder says about itself.

    Raises:
        BackupUnusable: it says nothing, or nothing that this program understands.
    """
    path = folder / MANIFEST
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise BackupUnusable([Fault("manifest_missing", {"place": str(folder)})]) from error
    except (ValidationError, OSError) as error:
        cause = str(error).splitlines()[0]
        raise BackupUnusable([Fault("manifest_unreadable", {"place": str(path), "cause": cause})]) from error
    if manifest.format > FORMAT:
        raise BackupUnusable([Fault("format_newer", {"format": str(manifest.format), "known": str(FORMAT)})])
    return manifest
