"""Files, what refers to them, links and downloads in PostgreSQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from chassis.database import SqlRow, Transaction
from chassis.files import tables
from chassis.files.file import File, FileId, FileLink, FileState, Refusal
from chassis.ids import PersonId, TeamId, new_id

_FILE = tables.file
_REFERENCE = tables.file_reference
_LINK = tables.file_link
_DOWNLOAD = tables.file_download
_SETTINGS = tables.file_settings


@dataclass(frozen=True, slots=True)
class DownloadCount:
    """How often somebody downloaded a file."""

    holder: str
    """`person:<id>`, `service:<name>` or the id of a link."""
    is_link: bool
    downloads: int
    last_at: datetime


class PostgresFiles:
    """The files of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def add(self, file: File) -> None:
        """Keeps a new file."""
        await self._connection.execute(insert(_FILE), {"tenant_id": self._tenant_id, **_row(file)})

    async def save(self, file: File) -> None:
        """Keeps a file that is held."""
        await self._connection.execute(update(_FILE).where(_FILE.c.id == file.id).values(_row(file)))

    async def get(self, file_id: FileId) -> File | None:
        """The file, or None."""
        row = (await self._connection.execute(select(_FILE).where(_FILE.c.id == file_id))).one_or_none()
        return _file(row) if row else None

    async def lock(self, file_id: FileId) -> File | None:
        """The file, held until the transaction ends; or None."""
        found = await self.lock_all([file_id])
        return found.get(file_id)

    async def lock_all(self, file_ids: Sequence[FileId]) -> Mapping[FileId, File]:
        """Those of the files that there are, held until the transaction ends, in the order of their ids."""
        if not file_ids:
            return {}
        query = select(_FILE).where(_FILE.c.id.in_(list(file_ids))).order_by(_FILE.c.id).with_for_update()
        return {FileId(row.id): _file(row) for row in await self._connection.execute(query)}

    async def of_resources(self, resources: Sequence[str]) -> Sequence[File]:
        """The files that all of these refer to, oldest first."""
        query = select(_FILE)
        for resource in resources:
            query = query.where(exists().where(_REFERENCE.c.file_id == _FILE.c.id, _REFERENCE.c.resource == resource))
        return [_file(row) for row in await self._connection.execute(query.order_by(_FILE.c.id))]

    async def sent_by(self, actor: str, most: int) -> Sequence[File]:
        """The newest files that somebody sent, newest first, at most `most`."""
        query = select(_FILE).where(_FILE.c.uploaded_by == actor).order_by(_FILE.c.id.desc()).limit(most)
        return [_file(row) for row in await self._connection.execute(query)]

    async def refer(self, file_id: FileId, resource: str, at: datetime) -> None:
        """Notes that something refers to a file that is held; a repeat changes nothing."""
        row = {"tenant_id": self._tenant_id, "file_id": file_id, "resource": resource, "made_at": at}
        await self._connection.execute(upsert(_REFERENCE).values(row).on_conflict_do_nothing())

    async def release(self, file_id: FileId, resource: str) -> None:
        """Notes that something no longer refers to the file."""
        mine = and_(_REFERENCE.c.file_id == file_id, _REFERENCE.c.resource == resource)
        await self._connection.execute(delete(_REFERENCE).where(mine))

    async def referring(self, file_id: FileId) -> Sequence[str]:
        """What refers to a file, for example `follow-ups/0190f3c4-…`."""
        query = select(_REFERENCE.c.resource).where(_REFERENCE.c.file_id == file_id).order_by(_REFERENCE.c.resource)
        return list((await self._connection.execute(query)).scalars())

    async def hashes_referred(self, hashes: Sequence[str], *, by: str) -> set[str]:
        """Those of the hashes that files have to which a resource of a kind refers.

        Args:
            hashes: SHA-256 in hex.
            by: first part of the resources' names, for example `follow-ups`.
        """
        if not hashes:
            return set()
        referred = exists().where(_REFERENCE.c.file_id == _FILE.c.id, _REFERENCE.c.resource.startswith(f"{by}/"))
        query = select(_FILE.c.sha256).where(_FILE.c.sha256.in_(list(hashes)), referred)
        return set((await self._connection.execute(query)).scalars())

    async def add_link(self, link: FileLink) -> None:
        """Keeps a new link."""
        row = {
            name: getattr(link, name) for name in ("id", "file_id", "made_by", "made_at", "expires_at", "revoked_at")
        }
        await self._connection.execute(insert(_LINK), {"tenant_id": self._tenant_id, **row})

    async def link(self, link_id: str) -> FileLink | None:
        """The link, or None."""
        row = (await self._connection.execute(select(_LINK).where(_LINK.c.id == link_id))).one_or_none()
        return _link(row) if row else None

    async def links_of(self, file_id: FileId) -> Sequence[FileLink]:
        """The links of a file, oldest first."""
        query = select(_LINK).where(_LINK.c.file_id == file_id).order_by(_LINK.c.id)
        return [_link(row) for row in await self._connection.execute(query)]

    async def revoke_link(self, link_id: str, at: datetime) -> None:
        """Ends a link; one that was ended keeps its moment."""
        open_one = and_(_LINK.c.id == link_id, _LINK.c.revoked_at.is_(None))
        await self._connection.execute(update(_LINK).where(open_one).values(revoked_at=at))

    async def count_download(self, file_id: FileId, holder: str, at: datetime, *, is_link: bool) -> None:
        """Notes that somebody began a download."""
        row = {"id": new_id(), "file_id": file_id, "holder": holder, "is_link": is_link, "at": at}
        await self._connection.execute(insert(_DOWNLOAD), {"tenant_id": self._tenant_id, **row})

    async def downloads(self, file_id: FileId) -> Sequence[DownloadCount]:
        """How often each downloaded the file, most first."""
        times = func.count().label("times")
        query = (
            select(_DOWNLOAD.c.holder, _DOWNLOAD.c.is_link, times, func.max(_DOWNLOAD.c.at).label("last_at"))
            .where(_DOWNLOAD.c.file_id == file_id)
            .group_by(_DOWNLOAD.c.holder, _DOWNLOAD.c.is_link)
            .order_by(times.desc(), _DOWNLOAD.c.holder)
        )
        rows = await self._connection.execute(query)
        return [DownloadCount(row.holder, row.is_link, row.times, row.last_at) for row in rows]

    async def settings(self) -> tuple[int, int] | None:
        """Largest file in bytes, and the version; None where the tenant has decided nothing."""
        row = (await self._connection.execute(select(_SETTINGS))).one_or_none()
        return (row.largest_bytes, row.version) if row else None

    async def keep_settings(self, largest_bytes: int, *, seen: int, at: datetime, by: str) -> bool:
        """Keeps settings as the version after the one seen; False where another version holds."""
        row = {"largest_bytes": largest_bytes, "version": seen + 1, "changed_at": at, "changed_by": by}
        kept = (
            update(_SETTINGS).where(_SETTINGS.c.version == seen).values(row)
            if seen
            else upsert(_SETTINGS).values(tenant_id=self._tenant_id, **row).on_conflict_do_nothing()
        )
        return (await self._connection.execute(kept)).rowcount == 1


def _row(file: File) -> dict[str, Any]:
    return {
        "id": file.id,
        "name": file.name,
        "kind": file.kind,
        "announced_size": file.announced_size,
        "uploaded_by": file.uploaded_by,
        "owner_id": file.owner_id,
        "team_id": file.team_id,
        "created_at": file.created_at,
        "state": file.state.value,
        "refusal": file.refusal.value if file.refusal else "",
        "content_type": file.content_type,
        "size": file.size,
        "sha256": file.sha256,
        "has_thumbnail": file.has_thumbnail,
        "checked_at": file.checked_at,
        "version": file.version,
    }


def _file(row: SqlRow) -> File:
    return File(
        id=FileId(row.id),
        name=row.name,
        kind=row.kind,
        announced_size=row.announced_size,
        uploaded_by=row.uploaded_by,
        owner_id=PersonId(row.owner_id) if row.owner_id else None,
        team_id=TeamId(row.team_id) if row.team_id else None,
        created_at=row.created_at,
        state=FileState(row.state),
        refusal=Refusal(row.refusal) if row.refusal else None,
        content_type=row.content_type,
        size=row.size,
        sha256=row.sha256,
        has_thumbnail=row.has_thumbnail,
        checked_at=row.checked_at,
        version=row.version,
    )


def _link(row: SqlRow) -> FileLink:
    return FileLink(row.id, FileId(row.file_id), row.made_by, row.made_at, row.expires_at, row.revoked_at)
