"""Looks at all of a backup before anything is touched, and names every fault at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from embedded.backup.archive import read_manifest
from embedded.backup.faults import BackupUnusable, Fault
from embedded.backup.manifest import Manifest, Part, digest
from embedded.backup.steps import Step, Watcher, unwatched


def verified(
    folder: Path,
    services: Collection[str],
    *,
    revisions: Mapping[str, str],
    server_version: str,
    watcher: Watcher = unwatched,
) -> Manifest:
    """The manifest of the backup in a folder, every part of which is as it was when it was made.

    Args:
        services: whose databases are to be brought back.
        revisions: newest revision of the schema that this code knows, by service.
        server_version: of the server that is to take the databases.
    Raises:
        BackupUnusable: names every fault.
    """
    manifest = read_manifest(folder)
    faults = [
        *_misfits(manifest, services, revisions, server_version),
        *_damages(folder, manifest, watcher),
    ]
    if faults:
        raise BackupUnusable(faults)
    return manifest


def _misfits(
    manifest: Manifest, services: Collection[str], revisions: Mapping[str, str], server_version: str
) -> Iterator[Fault]:
    if _major(manifest.server_version) > _major(server_version):
        yield Fault("server_newer", {"found": manifest.server_version, "known": server_version})
    for service in services:
        if service not in revisions:
            yield Fault("service_unknown", {"service": service, "known": ", ".join(revisions)})
        elif (database := manifest.database_of(service)) is None:
            yield Fault("database_missing", {"service": service})
        elif database.revision > revisions[service]:
            values = {"service": service, "found": database.revision, "known": revisions[service]}
            yield Fault("revision_newer", values)


def _damages(folder: Path, manifest: Manifest, watcher: Watcher) -> Iterator[Fault]:
    for place, part in enumerate(manifest.parts):
        watcher(Step("check", part.name, place, len(manifest.parts)))
        if (fault := _damage(folder, part)) is not None:
            yield fault


def _damage(folder: Path, part: Part) -> Fault | None:
    path = folder / part.name
    if not path.is_file():
        return Fault("part_missing", {"part": part.name})
    size = path.stat().st_size
    if size != part.size:
        return Fault("part_size", {"part": part.name, "found": str(size), "stated": str(part.size)})
    if digest(path) != part.sha256:
        return Fault("part_corrupt", {"part": part.name})
    return None


def _major(version: str) -> int:
    return int(version.partition(".")[0])
