"""Announce a file, take its bytes, and say that they are all here."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from chassis import context
from chassis.authorization import Authorizer, Resource
from chassis.errors import Invalid, NotFound, Stale, Violation
from chassis.files.checks import CHECK, UNREFERENCED
from chassis.files.file import UNREFERENCED_FOR, File, FileId, prefix_of
from chassis.files.names import name_faults
from chassis.files.ports import FileSettings, FilesUnitOfWork, FilesWork
from chassis.files.tickets import UPLOAD_S, Ticket, TicketInvalid, Tickets, Use
from chassis.ids import new_id

WRITE = "file.write"
LARGEST_BYTES = 200 * 1024 * 1024
"""Most for any tenant, and what holds where the tenant has decided nothing."""
_KIND = re.compile(r"[a-z][a-z0-9_]{0,59}")


@dataclass(frozen=True, slots=True)
class AnnounceFile:
    """A file that somebody is about to send."""

    name: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class Announced:
    """A file with the ticket under which its bytes are sent."""

    file: File
    ticket: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class UploadGrant:
    """What the gateway needs to take bytes: where they go, and how many."""

    file: File
    prefix: str


@dataclass(frozen=True, slots=True)
class UploadDesk:
    """Uploads of one service."""

    unit_of_work: FilesUnitOfWork
    authorizer: Authorizer
    tickets: Tickets
    service: str

    async def announce(self, command: AnnounceFile) -> Announced:
        """Keeps the file as one that is being uploaded.

        Raises:
            Invalid: names every fault of name, kind and size.
        """
        caller = context.current().principal
        async with self.unit_of_work.begin() as work:
            self._require_sound(command, (await settings_of(work)).largest_bytes)
            file = File(
                id=FileId(new_id()),
                name=command.name,
                kind=command.kind,
                announced_size=command.size,
                uploaded_by=caller.actor,
                owner_id=caller.person_id,
                team_id=caller.team_id,
                created_at=work.now,
            )
            await work.files.add(file)
            await work.timers.set(UNREFERENCED, file.id, work.now + UNREFERENCED_FOR, {})
            audited = {"kind": file.kind, "size": file.announced_size}
            work.audit.record(action="file.announce", resource=f"files/{file.id}", after=audited)
            return await work.answer(self._announced(file, work))

    async def renew(self, file_id: FileId) -> Announced:
        """Another ticket for an upload that is to go on.

        Raises:
            NotFound: the caller uploads no such file.
            FileStateForbids: it has all its bytes.
        """
        async with self.unit_of_work.begin() as work:
            file = await work.files.get(file_id)
            if file is None:
                raise NotFound("file", file_id)
            mine = Resource(owner_id=file.owner_id, team_id=file.team_id)
            self.authorizer.require_visible(WRITE, mine, kind="file", id=file_id)
            file.require_uploading()
            return self._announced(file, work)

    async def open(self, ticket: str, holder: str) -> UploadGrant:
        """Where the bytes of a ticket go. Asked by the gateway for each piece that is sent.

        Raises:
            TicketInvalid: the ticket is not good, or somebody else holds it.
            NotFound: the file is gone.
        """
        async with self.unit_of_work.begin() as work:
            permitted = self._permitted(ticket, holder, work)
            file = await work.files.get(permitted.file_id)
        if file is None:
            raise NotFound("file", permitted.file_id)
        return UploadGrant(file, prefix_of(self.service, work.tenant_id, file.id))

    async def finish(self, ticket: str, holder: str) -> File:
        """Puts the file into quarantine and has it checked; a repeat changes nothing.

        Raises:
            TicketInvalid: the ticket is not good, or somebody else holds it.
            NotFound: the file is gone.
            FileStateForbids: it was removed.
        """
        async with self.unit_of_work.begin() as work:
            permitted = self._permitted(ticket, holder, work)
            file = await work.files.lock(permitted.file_id)
            if file is None:
                raise NotFound("file", permitted.file_id)
            received = file.received()
            if received is not file:
                await work.files.save(received)
                await work.timers.set(CHECK, file.id, work.now, {})
                await work.timers.set(UNREFERENCED, file.id, work.now + UNREFERENCED_FOR, {})
                work.audit.record(
                    action="file.receive",
                    resource=f"files/{file.id}",
                    before={"state": file.state.value},
                    after={"state": received.state.value},
                )
            return await work.answer(received)

    def _permitted(self, text: str, holder: str, work: FilesWork) -> Ticket:
        ticket = self.tickets.open(text, work.tenant_id)
        if ticket.use is not Use.UPLOAD:
            raise TicketInvalid("it is not for an upload")
        if ticket.holder != holder:
            raise TicketInvalid("somebody else holds it")
        return ticket

    def _announced(self, file: File, work: FilesWork) -> Announced:
        holder = context.current().principal.actor
        ticket = Ticket(Use.UPLOAD, work.tenant_id, file.id, holder, file.announced_size, file.kind)
        text, ends_s = self.tickets.seal(ticket, lifetime_s=UPLOAD_S)
        return Announced(file, text, datetime.fromtimestamp(ends_s, UTC))

    @staticmethod
    def _require_sound(command: AnnounceFile, largest_bytes: int) -> None:
        faults = name_faults(command.name, "name")
        if not _KIND.fullmatch(command.kind):
            faults.append(Violation("kind", "file.kind", "must be 1 to 60 lower-case letters, digits or _"))
        if not 1 <= command.size <= largest_bytes:
            faults.append(Violation("size_bytes", "file.size", f"must be 1 to {largest_bytes} bytes"))
        if faults:
            raise Invalid(faults)


@dataclass(frozen=True, slots=True)
class SettingsDesk:
    """What a tenant decides about its files."""

    unit_of_work: FilesUnitOfWork

    async def get(self) -> FileSettings:
        """What holds."""
        async with self.unit_of_work.begin() as work:
            return await settings_of(work)

    async def keep(self, largest_bytes: int, version: int) -> FileSettings:
        """Sets how large a file may be.

        Raises:
            Stale: another version holds than the caller saw.
        """
        async with self.unit_of_work.begin() as work:
            before = await settings_of(work)
            actor = context.current().principal.actor
            is_seen = version == before.version
            if not is_seen or not await work.files.keep_settings(largest_bytes, seen=version, at=work.now, by=actor):
                raise Stale("file settings", work.tenant_id, before.version)
            work.audit.record(
                action="file_settings.write",
                resource="file-settings",
                before={"largest_bytes": before.largest_bytes, "version": before.version},
                after={"largest_bytes": largest_bytes, "version": version + 1},
            )
            return await work.answer(FileSettings(largest_bytes, version + 1))


async def settings_of(work: FilesWork) -> FileSettings:
    """What holds for the transaction's tenant."""
    decided = await work.files.settings()
    return FileSettings(*decided) if decided else FileSettings(LARGEST_BYTES)
