"""Read files, hand out tickets and links for their bytes, and count who fetched them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chassis import context
from chassis.authorization import Authorizer
from chassis.errors import NotFound
from chassis.files.file import File, FileDownloaded, FileId, FileLink, FileState, FileStateForbids, Variant, prefix_of
from chassis.files.ports import FilesUnitOfWork, FilesWork, Referrers
from chassis.files.postgres_files import DownloadCount
from chassis.files.references import sees
from chassis.files.tickets import DOWNLOAD_S, Ticket, TicketInvalid, Tickets, Use
from chassis.ids import PersonId, new_id

_MOST_OWN = 200


@dataclass(frozen=True, slots=True)
class DownloadTicket:
    """A ticket under which the bytes of a file are fetched."""

    file: File
    ticket: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A link with the ticket that works as long as it does."""

    link: FileLink
    ticket: str


@dataclass(frozen=True, slots=True)
class DownloadGrant:
    """What the gateway needs to send bytes."""

    file: File
    key: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Downloads:
    """Links of a file, and how often each person and each link fetched it."""

    counts: Sequence[DownloadCount]
    links: Sequence[FileLink]


@dataclass(frozen=True, slots=True)
class DownloadDesk:
    """All methods raise NotFound for a file that the caller does not see."""

    unit_of_work: FilesUnitOfWork
    authorizer: Authorizer
    referrers: Referrers
    tickets: Tickets
    service: str

    async def get(self, file_id: FileId) -> File:
        """One file."""
        async with self.unit_of_work.begin() as work:
            return await self._visible(work, file_id)

    async def of_resources(self, resources: Sequence[str]) -> Sequence[File]:
        """The files that all of these refer to, each of which the caller sees, oldest first.

        Args:
            resources: names such as `opportunities/0190f3c4-…`; none for the newest files that the caller sent.
        """
        async with self.unit_of_work.begin() as work:
            if not resources:
                return await work.files.sent_by(context.current().principal.actor, _MOST_OWN)
            for resource in resources:
                found = await self.referrers.resources_of(work, [resource])
                if not any(self.authorizer.allows(permission, whose) for permission, whose in found):
                    raise NotFound("resource", resource)
            return await work.files.of_resources(resources)

    async def ticket(self, file_id: FileId, variant: Variant) -> DownloadTicket:
        """A ticket for the caller's own download, for five minutes.

        Raises:
            FileStateForbids: the file is not ready.
            NotFound: it has no thumbnail.
        """
        async with self.unit_of_work.begin() as work:
            file = await self._visible(work, file_id)
            file.require_ready("download")
            if variant is Variant.THUMBNAIL and not file.has_thumbnail:
                raise NotFound("thumbnail of file", file_id)
            holder = context.current().principal.actor
            permitted = Ticket(Use.DOWNLOAD, work.tenant_id, file.id, holder, file.size, file.kind, variant)
            text, ends_s = self.tickets.seal(permitted, lifetime_s=DOWNLOAD_S)
            return DownloadTicket(file, text, datetime.fromtimestamp(ends_s, UTC))

    async def share(self, file_id: FileId, lasting: timedelta) -> SharedFile:
        """A link for somebody without an account; it can be taken back, and is counted by itself.

        Raises:
            FileStateForbids: the file is not ready.
        """
        async with self.unit_of_work.begin() as work:
            file = await self._visible(work, file_id)
            file.require_ready("share")
            actor = context.current().principal.actor
            link = FileLink(new_id(), file.id, actor, work.now, work.now + lasting)
            await work.files.add_link(link)
            permitted = Ticket(Use.LINK, work.tenant_id, file.id, link.id, file.size, file.kind)
            # The row says when it ends, by business time; the ticket only bounds that from above.
            text, _ = self.tickets.seal(permitted, lifetime_s=(lasting + timedelta(days=366)).total_seconds())
            work.audit.record(
                action="file.share",
                resource=f"files/{file.id}",
                after={"link_id": link.id, "expires_at": link.expires_at.isoformat()},
            )
            return await work.answer(SharedFile(link, text))

    async def revoke(self, link_id: str) -> FileLink:
        """Ends a link; a repeat changes nothing."""
        async with self.unit_of_work.begin() as work:
            link = await work.files.link(link_id)
            if link is None:
                raise NotFound("file link", link_id)
            await self._visible(work, link.file_id)
            await work.files.revoke_link(link_id, work.now)
            if link.revoked_at is None:
                work.audit.record(
                    action="file.revoke_link", resource=f"files/{link.file_id}", after={"link_id": link_id}
                )
            ended = await work.files.link(link_id)
            return await work.answer(ended or link)

    async def downloads(self, file_id: FileId) -> Downloads:
        """Who fetched the file how often."""
        async with self.unit_of_work.begin() as work:
            file = await self._visible(work, file_id)
            return Downloads(await work.files.downloads(file.id), await work.files.links_of(file.id))

    async def open(self, text: str, *, counts: bool) -> DownloadGrant:
        """Where the bytes of a ticket are. Asked by the gateway for each answer that it sends.

        Args:
            text: the ticket.
            counts: whether this is the beginning of a download; the rest of one that was broken off is not.
        Raises:
            TicketInvalid: the ticket is not good, or its link has ended.
            FileStateForbids: the file is no longer there.
        """
        async with self.unit_of_work.begin() as work:
            permitted = self.tickets.open(text, work.tenant_id)
            if permitted.use is Use.UPLOAD:
                raise TicketInvalid("it is not for a download")
            file = await work.files.get(permitted.file_id)
            if file is None or file.state is not FileState.READY:
                raise FileStateForbids(permitted.file_id, file.state if file else FileState.REMOVED, "download")
            if permitted.use is Use.LINK:
                link = await work.files.link(permitted.holder)
                if link is None or not link.is_open(work.now):
                    raise TicketInvalid("the link has ended")
            if counts and permitted.variant is Variant.ORIGINAL:
                await self._count(work, file, permitted)
            prefix = prefix_of(self.service, work.tenant_id, file.id)
            if permitted.variant is Variant.THUMBNAIL:
                return await work.answer(DownloadGrant(file, f"{prefix}/thumbnail", "image/jpeg"))
            return await work.answer(DownloadGrant(file, f"{prefix}/content", file.content_type))

    async def _count(self, work: FilesWork, file: File, ticket: Ticket) -> None:
        is_link = ticket.use is Use.LINK
        await work.files.count_download(file.id, ticket.holder, work.now, is_link=is_link)
        kind, _, person_id = ticket.holder.partition(":")
        event = FileDownloaded(
            file,
            await work.files.referring(file.id),
            PersonId(person_id) if kind == "person" and not is_link else None,
            ticket.holder if is_link else "",
            work.now,
        )
        work.outbox.append(event)

    async def _visible(self, work: FilesWork, file_id: FileId) -> File:
        file = await work.files.get(file_id)
        if file is None or not await sees(work, self.authorizer, self.referrers, file):
            raise NotFound("file", file_id)
        return file
