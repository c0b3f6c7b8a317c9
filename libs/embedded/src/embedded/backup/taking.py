"""Takes a backup of a suite, while it runs or while it is down.

The databases are read as they all stood within some milliseconds: a transaction is opened in each before the first is
dumped, and each dump reads by the snapshot of its transaction. The files are copied afterwards: a file is there before
a row refers to it and stays for a day after the last one has ceased to, so the copy has all that the rows refer to.
"""

from __future__ import annotations

import asyncio
import json
import tarfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as version_of
from pathlib import Path

import asyncpg

from chassis.ids import new_id
from embedded import postgres
from embedded.backup.archive import drafted
from embedded.backup.manifest import MANIFEST, DatabasePart, FilesPart, Manifest, Part
from embedded.backup.server import Server, running_server
from embedded.backup.steps import Step, Watcher, unwatched
from embedded.services import module_of
from embedded.state import DataFolder, write_text
from embedded.suite import Suite

FILES = "objects.tar"
KEYS = "keys.json"


def back_up(suite: Suite, location: Path, watcher: Watcher = unwatched) -> Manifest:
    """Takes a backup of the suite and gives what it says about itself.

    Nobody can start or stop the suite meanwhile: whoever tries waits.

    Args:
        location: a folder to be made, or a file to be made where the name ends with `.tar`. Whoever can read it can
            read everything in the suite, so only its owner may.
        watcher: is told each step.
    Raises:
        TargetTaken: there is something of that name.
        BackupFailed: a program of PostgreSQL failed.
        PostgresFailed: the suite is down, and its database does not start.
    """
    with drafted(location, watcher) as draft, suite.held() as plan, running_server(suite.folder, plan) as server:
        services = [service.name for service in plan.services if service.database]
        databases = asyncio.run(_dump(server, services, draft, watcher))
        watcher(Step("files", done=len(services), of=len(services) + 1))
        manifest = Manifest(
            id=new_id(),
            product_version=version_of("throughline-embedded"),
            server_version=postgres.version(),
            databases=tuple(databases),
            files=_copy_files(suite.folder.objects, draft),
            keys=_copy_keys(suite.folder, draft),
            made_at=datetime.now(UTC),
        )
        write_text(draft / MANIFEST, manifest.model_dump_json(indent=1))
    return manifest


@dataclass(frozen=True, slots=True)
class _Cut:
    """How one database stood."""

    snapshot: str
    revision: str
    taken_at: datetime
    version_base: int


async def _dump(server: Server, services: Sequence[str], draft: Path, watcher: Watcher) -> list[DatabasePart]:
    async with AsyncExitStack() as open_transactions:
        connections = [
            await open_transactions.enter_async_context(_Reading(server.url_of(module_of(service))))
            for service in services
        ]
        cuts = [await _cut(connection) for connection in connections]
        parts = []
        for place, (service, cut) in enumerate(zip(services, cuts, strict=True)):
            watcher(Step("dump", service, place, len(services) + 1))
            name = f"{service}.dump"
            into = ["--format=custom", f"--snapshot={cut.snapshot}", f"--file={draft / name}"]
            await asyncio.to_thread(server.run, "pg_dump", into, database=module_of(service))
            parts.append(
                DatabasePart(
                    service=service,
                    part=await asyncio.to_thread(Part.of, draft, name),
                    revision=cut.revision,
                    taken_at=cut.taken_at,
                    version_base=cut.version_base,
                )
            )
        return parts


class _Reading:
    """A transaction in one database whose snapshot others can read by, held open for the time of the block."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: asyncpg.Connection | None = None

    async def __aenter__(self) -> asyncpg.Connection:
        connection: asyncpg.Connection = await asyncpg.connect(self._url)
        self._connection = connection
        await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return connection

    async def __aexit__(self, *_: object) -> None:
        if self._connection is not None:
            await self._connection.close()


async def _cut(connection: asyncpg.Connection) -> _Cut:
    # When the statement came in, which is before it took the transaction's snapshot: all committed by then is seen.
    taken_at = await connection.fetchval("SELECT statement_timestamp()")
    snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
    revision = await connection.fetchval("SELECT version_num FROM alembic_version")
    has_table = await connection.fetchval("SELECT to_regclass('restoration') IS NOT NULL")
    base = await connection.fetchval("SELECT coalesce(max(version_base), 0) FROM restoration") if has_table else 0
    return _Cut(snapshot, revision, taken_at, base)


def _copy_files(objects: Path, draft: Path) -> FilesPart:
    count = total = 0
    with tarfile.open(draft / FILES, "w") as tar:
        for path in sorted(objects.rglob("*")):
            try:
                file = path.open("rb")
            except (FileNotFoundError, IsADirectoryError):
                continue  # an upload that was given up meanwhile; no row refers to it
            with file:
                entry = tar.gettarinfo(arcname=path.relative_to(objects).as_posix(), fileobj=file)
                tar.addfile(entry, file)
                count, total = count + 1, total + entry.size
    return FilesPart(part=Part.of(draft, FILES), count=count, bytes=total)


def _copy_keys(folder: DataFolder, draft: Path) -> Part:
    kept = {path.name: path.read_text(encoding="utf-8") for path in key_files(folder) if path.exists()}
    write_text(draft / KEYS, json.dumps(kept, indent=1))
    return Part.of(draft, KEYS)


def key_files(folder: DataFolder) -> Sequence[Path]:
    """The keys without which the gateway's database is of no use: of its sealed secrets, and of tokens."""
    return (folder.sealing_key, folder.issuer_key, folder.api_key_signing_key)
