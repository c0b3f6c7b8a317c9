"""Brings a suite, or some of its databases, back from a backup.

Everything is checked first, then made beside what is there, and put in its place in one transaction at the end: a
restore that is killed leaves the suite as it was. What was replaced stays in databases of another name. The suite tells
all of its read copies again how things stand when it is started next (`chassis.restoration`).
"""

from __future__ import annotations

import asyncio
import json
import tarfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chassis.migrations import head_revision
from embedded import migration, postgres
from embedded.backup.archive import opened
from embedded.backup.databases import ServiceBase, drop_drafts, swap
from embedded.backup.faults import BackupUnusable, Fault, StillUp, TargetTaken
from embedded.backup.losses import Losses, losses
from embedded.backup.manifest import Manifest
from embedded.backup.server import Server, running_server
from embedded.backup.steps import Step, Watcher, unwatched
from embedded.backup.taking import key_files
from embedded.backup.verification import verified
from embedded.plan import Plan
from embedded.services import module_of
from embedded.state import DataFolder, write_text
from embedded.suite import Suite

_DOOR = "gateway"
"""The service whose database is of no use without the keys."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    Attributes:
        losses: by service, where there was a database before.
        listed_in: file with every fact and change that was lost; None where nothing was.
        tells_by_itself: whether the next start has everything told again; else `events republish` and `events snapshot`
            have to be called, as the event broker is not the suite's own.
    """

    manifest: Manifest
    services: Sequence[str]
    losses: Mapping[str, Losses]
    listed_in: Path | None
    tells_by_itself: bool


def check(suite: Suite, location: Path, services: Collection[str] = (), watcher: Watcher = unwatched) -> Manifest:
    """Looks at all of a backup and gives what it says about itself.

    Args:
        services: whose databases are wanted; all that the suite has when none is named.
    Raises:
        BackupUnusable: names every fault.
    """
    suite.folder.prepare()
    with opened(location, suite.folder.path, watcher) as folder:
        return _verified(suite, folder, services, watcher)


def restore(
    suite: Suite,
    location: Path,
    services: Collection[str] = (),
    *,
    replace: bool = False,
    watcher: Watcher = unwatched,
) -> Restored:
    """Brings databases back, and the files that are missing; with the gateway's database, its keys too.

    Args:
        services: whose databases; all when none is named.
        replace: allows that databases are there. The suite is stopped then, where it runs.
    Raises:
        BackupUnusable: names every fault; nothing was touched.
        TargetTaken: there are databases, and they were not to be replaced; nothing was touched.
        StillUp: somebody started the suite again meanwhile; nothing was touched.
        BackupFailed: a program of PostgreSQL failed; everything is as it was.
        PostgresFailed: the database server does not start.
    """
    suite.folder.prepare()
    with opened(location, suite.folder.path, watcher) as folder:
        manifest = _verified(suite, folder, services, watcher)  # while the suite may run: nothing is stopped in vain
        if replace:
            suite.down()
        elif suite.is_up:
            raise TargetTaken(str(suite.folder.path))
        with suite.held() as plan:
            if suite.is_up:
                raise StillUp
            with running_server(suite.folder, plan) as server:
                bringing = _Restore(suite.folder, plan, server, manifest, folder, replace, watcher)
                return asyncio.run(bringing.run(services))


def _verified(suite: Suite, folder: Path, services: Collection[str], watcher: Watcher) -> Manifest:
    with suite.held() as plan:
        known = {service.name: head_revision(module_of(service.name)) for service in plan.services if service.database}
    return verified(
        folder, services or list(known), revisions=known, server_version=postgres.version(), watcher=watcher
    )


@dataclass(frozen=True, slots=True)
class _Restore:
    """One restore, of a backup that was verified."""

    folder: DataFolder
    plan: Plan
    server: Server
    manifest: Manifest
    backup: Path
    may_replace: bool
    watcher: Watcher

    async def run(self, services: Collection[str]) -> Restored:
        all_bases = [ServiceBase(self.server, service) for service in self.plan.services if service.database]
        bases = [base for base in all_bases if not services or base.service.name in services]
        there = [base for base in bases if await base.is_there()]
        if there and not self.may_replace:
            raise TargetTaken(", ".join(base.name for base in there))
        clock_offset = max([await base.clock_offset() for base in all_bases], default=timedelta())
        try:
            await self._fill(bases, clock_offset)
            lost = await self._compare(there)
            listed_in = self._list_losses(lost)
            self._unpack_files()
            migration.forget(self.folder, [base.service for base in bases], server_id=self.server.id)
            self.watcher(Step("swap"))
            if any(base.service.name == _DOOR for base in bases):
                self._put_keys()
            await swap(bases, keep=there)
        except BaseException:
            await drop_drafts(bases)
            raise
        return Restored(
            self.manifest,
            [base.service.name for base in bases],
            lost,
            listed_in,
            tells_by_itself=self.plan.broker_port is not None,
        )

    async def _fill(self, bases: Sequence[ServiceBase], clock_offset: timedelta) -> None:
        for place, base in enumerate(bases):
            self.watcher(Step("fill", base.service.name, place, len(bases)))
            part = self.manifest.database_of(base.service.name)
            if part is None:
                raise BackupUnusable([Fault("database_missing", {"service": base.service.name})])
            await base.fill(self.backup / part.part.name)
            self.watcher(Step("migrate", base.service.name, place, len(bases)))
            await base.migrate(part)
            await base.fit(part, self.manifest.id, clock_offset)

    async def _compare(self, there: Sequence[ServiceBase]) -> dict[str, Losses]:
        found = {}
        for base in there:
            self.watcher(Step("compare", base.service.name))
            part = self.manifest.database_of(base.service.name)
            if part is not None:
                url_of = self.server.url_of
                lost = await losses(url_of(base.name), url_of(base.draft), part.taken_at)
                found[base.service.name] = lost
        return found

    def _list_losses(self, lost: Mapping[str, Losses]) -> Path | None:
        if not any(each.events or each.changes for each in lost.values()):
            return None
        now = datetime.now(UTC)
        path = self.folder.path / f"lost-{now:%Y%m%dT%H%M%SZ}.json"
        listed: dict[str, Any] = {service: each.as_json() for service, each in lost.items()}
        write_text(path, json.dumps({"backup_id": self.manifest.id, "services": listed}, indent=1))
        return path

    def _unpack_files(self) -> None:
        """Adds the files that are missing. None is taken away: what no row refers to does no harm."""
        self.watcher(Step("files", of=self.manifest.files.count))
        with tarfile.open(self.backup / self.manifest.files.part.name) as tar:
            for place, entry in enumerate(tar):
                there = self.folder.objects / entry.name
                if not (there.is_file() and there.stat().st_size == entry.size):
                    tar.extract(entry, self.folder.objects, filter="data")
                self.watcher(Step("files", done=place + 1, of=self.manifest.files.count))

    def _put_keys(self) -> None:
        """Right before the databases change place: what is a moment too early is the smaller evil of two.

        The keys that were here stay beside them as `<name>.replaced`.
        """
        kept = json.loads((self.backup / self.manifest.keys.name).read_text(encoding="utf-8"))
        for path in key_files(self.folder):
            text = kept.get(path.name)
            if text is None or (path.exists() and path.read_text(encoding="utf-8") == text):
                continue
            if path.exists():
                path.replace(path.with_name(f"{path.name}.replaced"))
            write_text(path, text)
