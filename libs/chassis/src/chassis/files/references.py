"""How an aggregate refers to files: in its own transaction, with all faults named."""

from collections.abc import Mapping, Sequence

from chassis import context
from chassis.authorization import Authorizer, Resource
from chassis.errors import Violation
from chassis.files.checks import UNREFERENCED
from chassis.files.file import UNREFERENCED_FOR, File, FileId, FileState
from chassis.files.ports import FilesWork, Referrers

READ = "file.read"


async def usable_files(
    work: FilesWork, authorizer: Authorizer, referrers: Referrers, wanted: Mapping[str, FileId], *, kind: str = ""
) -> tuple[dict[FileId, File], list[Violation]]:
    """The files, held until the transaction ends, and what speaks against referring to them.

    Args:
        work: the transaction in which the aggregate changes.
        authorizer: judges whether the caller sees a file.
        referrers: of the service.
        wanted: file by the field that names it, for example `file_ids[0]`.
        kind: the only kind that will do; empty for any.
    """
    held = await work.files.lock_all(sorted(set(wanted.values())))
    found, faults = dict(held), []
    for field, file_id in wanted.items():
        file = held.get(file_id)
        if file is None or not await sees(work, authorizer, referrers, file):
            faults.append(Violation(field, "file.unknown", f"there is no file {file_id}"))
        elif file.state is not FileState.READY:
            faults.append(Violation(field, "file.not_ready", f"the file is {file.state}, not ready"))
        elif kind and file.kind != kind:
            faults.append(Violation(field, "file.kind", f"must be a {kind}; the file is a {file.kind}"))
    return found, faults


async def refer(work: FilesWork, file_ids: Sequence[FileId], resource: str) -> None:
    """Notes that the resource refers to files that are held; they are no longer removed."""
    for file_id in file_ids:
        await work.files.refer(file_id, resource, work.now)
    await work.timers.cancel_many(UNREFERENCED, list(file_ids))


async def release(work: FilesWork, file_id: FileId, resource: str) -> None:
    """Notes that the resource no longer refers to a file; where nothing does, it goes in a day."""
    if await work.files.lock(file_id) is None:
        return
    await work.files.release(file_id, resource)
    if not await work.files.referring(file_id):
        await work.timers.set(UNREFERENCED, file_id, work.now + UNREFERENCED_FOR, {})


async def sees(work: FilesWork, authorizer: Authorizer, referrers: Referrers, file: File) -> bool:
    """Whether the caller sees a file: its own, or one of something that the caller sees."""
    if file.uploaded_by == context.current().principal.actor:
        return True
    if authorizer.allows(READ, Resource(owner_id=file.owner_id, team_id=file.team_id)):
        return True
    referring = await work.files.referring(file.id)
    resources = await referrers.resources_of(work, referring) if referring else []
    return any(authorizer.allows(permission, resource) for permission, resource in resources)
