"""Fills databases beside the present ones and puts them in their place, all in one step."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg

from chassis.migrations import head_revision
from chassis.provision import provision
from chassis.restoration import Surroundings, note_restored
from embedded.backup.faults import BackupFailed
from embedded.backup.manifest import DatabasePart
from embedded.backup.server import Server
from embedded.plan import ServiceSpec
from embedded.services import module_of

_RESTORING, _REPLACED = "_restoring", "_replaced"
_MIGRATION_S = 600


@dataclass(frozen=True, slots=True)
class ServiceBase:
    """The database of one service on its server."""

    server: Server
    service: ServiceSpec

    @property
    def name(self) -> str:
        """Of the database that the service opens."""
        return module_of(self.service.name)

    @property
    def draft(self) -> str:
        """The database that is being filled."""
        return f"{self.name}{_RESTORING}"

    @property
    def replaced(self) -> str:
        """The database that was replaced; stays until the next restore."""
        return f"{self.name}{_REPLACED}"

    async def is_there(self) -> bool:
        """Whether the service has a database with a schema."""
        connection = await asyncpg.connect(self.server.url)
        try:
            found = await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", self.name)
        finally:
            await connection.close()
        return bool(found) and bool(
            await _value(self.server.url_of(self.name), "SELECT to_regclass('alembic_version') IS NOT NULL")
        )

    async def fill(self, dump: Path) -> None:
        """Makes the draft out of a dump, in place of one that a killed restore has left.

        Raises:
            BackupFailed: `pg_restore` failed.
        """
        database = self.service.database
        if database is None:
            return
        await provision(
            self.server.url,
            self.service.name,  # type: ignore[arg-type, unused-ignore]  # the name is one of ours
            owner_password=database.owner_password,
            login_password=database.login_password,
        )
        connection = await asyncpg.connect(self.server.url)
        try:
            await connection.execute(f"DROP DATABASE IF EXISTS {self.draft} WITH (FORCE)")
            await connection.execute(f"CREATE DATABASE {self.draft} OWNER {self.name}_owner")
            await connection.execute(f"REVOKE CONNECT ON DATABASE {self.draft} FROM PUBLIC")
            await connection.execute(f"GRANT CONNECT ON DATABASE {self.draft} TO {self.name}_login")
        finally:
            await connection.close()
        options = ["--exit-on-error", f"--dbname={self.draft}", str(dump)]
        await asyncio.to_thread(self.server.run, "pg_restore", options, database=self.draft)

    async def migrate(self, part: DatabasePart) -> None:
        """Brings the schema of the draft up to date, where the backup is of an older one.

        Raises:
            BackupFailed: the migration failed.
        """
        if self.service.database is None or part.revision >= head_revision(self.name):
            return
        addresses = {
            name: f"{value}{_RESTORING}"
            for name, value in self.service.environment.items()
            if name.endswith("DATABASE_URL")
        }
        done = await asyncio.to_thread(
            subprocess.run,
            self.service.database.migrate,
            env=os.environ | dict(self.service.environment) | addresses,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_MIGRATION_S,
            check=False,
        )
        if done.returncode != 0:
            message = f"the migration of {self.name} ended with status {done.returncode}: {done.stderr[-2000:]}"
            raise BackupFailed(message)

    async def fit(self, part: DatabasePart, backup_id: str, clock_offset: timedelta) -> None:
        """Makes the draft fit the other services and its server, see `chassis.restoration`."""
        known = await _version_base(self.server.url_of(self.name)) if await self.is_there() else 0
        around = Surroundings(max(known, part.version_base), clock_offset)
        connection = await asyncpg.connect(self.server.url_of(self.draft))
        try:
            await note_restored(connection, backup_id=backup_id, taken_at=part.taken_at, around=around)
        finally:
            await connection.close()

    async def clock_offset(self) -> timedelta:
        """How far the service's business clock is ahead; zero where it has no database."""
        if not await self.is_there():
            return timedelta()
        found: timedelta = await _value(self.server.url_of(self.name), "SELECT clock_offset FROM business_clock")
        return found


async def swap(bases: Sequence[ServiceBase], *, keep: Collection[ServiceBase]) -> None:
    """Puts the drafts in place of the present databases, all or none.

    Args:
        keep: those whose present database is kept under another name; the others' are empty, and dropped.
    """
    server = bases[0].server
    connection = await asyncpg.connect(server.url)
    try:
        for base in bases:
            await connection.execute(f"DROP DATABASE IF EXISTS {base.replaced} WITH (FORCE)")
        async with connection.transaction():
            for base in bases:
                for name in (base.name, base.draft):
                    await connection.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
                    )
                await connection.execute(f"ALTER DATABASE {base.name} RENAME TO {base.replaced}")
                await connection.execute(f"ALTER DATABASE {base.draft} RENAME TO {base.name}")
        for base in bases:
            if base not in keep:
                await connection.execute(f"DROP DATABASE {base.replaced} WITH (FORCE)")
    finally:
        await connection.close()


async def drop_drafts(bases: Sequence[ServiceBase]) -> None:
    """Leaves nothing of a restore that failed."""
    connection = await asyncpg.connect(bases[0].server.url)
    try:
        for base in bases:
            await connection.execute(f"DROP DATABASE IF EXISTS {base.draft} WITH (FORCE)")
    finally:
        await connection.close()


async def _version_base(url: str) -> int:
    if not await _value(url, "SELECT to_regclass('restoration') IS NOT NULL"):
        return 0
    return int(await _value(url, "SELECT coalesce(max(version_base), 0) FROM restoration"))


async def _value(url: str, query: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()
