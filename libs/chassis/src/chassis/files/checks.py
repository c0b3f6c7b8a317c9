"""What happens to files by themselves: they are checked, and those that nothing refers to are removed.

Three kinds of deadlines. `file.check` is due when all bytes are here. `file.unreferenced` is due a day later, and goes
when something refers to the file. `file.purge` removes objects, after the commit that says that nobody reads them.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from chassis.database import Database
from chassis.errors import Unreachable
from chassis.failpoints import failpoints
from chassis.files.file import File, FileChanged, FileId, FileState, Verdict, prefix_of
from chassis.files.inspector import Inspector
from chassis.files.object_store import ObjectStore
from chassis.files.ports import FilesUnitOfWork, FilesWork
from chassis.leadership import leadership
from chassis.timers import Confirmation, Timer, TimerKind

CHECK = "file.check"
UNREFERENCED = "file.unreferenced"
PURGE = "file.purge"
_SENDS_AT_MOST = timedelta(hours=3)
"""Longer than a ticket lasts and a request that began under it."""


@dataclass(frozen=True, slots=True)
class FileKeeper:
    """Runs the three deadlines."""

    unit_of_work: FilesUnitOfWork
    database: Database
    store: ObjectStore
    inspector: Inspector
    service: str
    _verdicts: dict[str, Verdict] = field(default_factory=dict)
    """By timer, from the check, which runs outside of any transaction, to the transaction that keeps it."""

    def timer_kinds(self) -> list[TimerKind]:
        """For the service's wiring."""
        return [
            TimerKind(CHECK, self.keep_verdict, confirm=self.check),
            TimerKind(UNREFERENCED, self.remove_unreferenced),
            TimerKind(PURGE, _nothing_is_left, confirm=self.purge),
        ]

    async def check(self, timer: Timer) -> Confirmation:
        """Judges the content; one process at a time, told apart by a lock that dies with it."""
        async with self.unit_of_work.begin() as work:
            file = await work.files.get(FileId(timer.key))
        if file is None or file.state is not FileState.QUARANTINED:
            return Confirmation.ANSWERED
        async with leadership(self.database, f"{CHECK}/{file.id}") as lock:
            if lock is None:
                raise Unreachable("check by another process")
            self._verdicts[timer.id] = await self.inspector.check(work.tenant_id, file)
        return Confirmation.STILL_SILENT

    async def keep_verdict(self, timer: Timer) -> None:
        """Keeps what the check found, and has the pieces of the upload deleted."""
        verdict = self._verdicts.pop(timer.id, None)
        if verdict is None:  # the object store did not answer for minutes: it is tried again, for as long as it takes
            raise Unreachable("object store")
        async with self.unit_of_work.begin() as work:
            file = await work.files.lock(FileId(timer.key))
            if file is None:
                return
            judged = file.checked(verdict, work.now)
            if judged is not file:
                await _keep_change(work, file, judged, "file.check")
                await _purge(work, file, "pieces" if judged.state is FileState.READY else "all")

    async def remove_unreferenced(self, timer: Timer) -> None:
        """Removes a file to which nothing refers. Who refers to a file holds it first, so the two cannot cross."""
        async with self.unit_of_work.begin() as work:
            file = await work.files.lock(FileId(timer.key))
            if file is None or file.state is FileState.REMOVED or await work.files.referring(file.id):
                return
            await _keep_change(work, file, file.removed(), "file.remove")
            await work.timers.cancel(CHECK, file.id)
            await _purge(work, file, "all")

    async def purge(self, timer: Timer) -> Confirmation:
        """Deletes objects: the pieces of the upload, or all of the file."""
        file_id, _, what = timer.key.partition("/")
        prefix = prefix_of(self.service, timer.tenant_id, FileId(file_id))
        await self.store.delete_under(prefix if what == "all" else f"{prefix}/upload")
        failpoints.reach("file.purged")
        return Confirmation.ANSWERED


async def _nothing_is_left(_timer: Timer) -> None:
    """Only reached where the object store did not answer for minutes."""
    raise Unreachable("object store")


async def _purge(work: FilesWork, file: File, what: str) -> None:
    """Has objects deleted at once, and the pieces once more when nobody can still be sending any."""
    await work.timers.set(PURGE, f"{file.id}/{what}", work.now, {})
    await work.timers.set(PURGE, f"{file.id}/late pieces", work.now + _SENDS_AT_MOST, {})


async def _keep_change(work: FilesWork, before: File, after: File, action: str) -> None:
    await work.files.save(after)
    work.outbox.append(FileChanged(after, work.now))
    work.audit.record(
        action=action,
        resource=f"files/{after.id}",
        before={"state": before.state.value},
        after={
            "state": after.state.value,
            "refusal": after.refusal.value if after.refusal else None,
            "content_type": after.content_type,
            "sha256": after.sha256,
        },
    )
