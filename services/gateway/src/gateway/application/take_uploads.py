"""Takes the bytes of uploads into the object store, piece by piece, and goes on where a broken one ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from chassis.errors import Invalid, Violation
from chassis.failpoints import failpoints
from chassis.files.file import FileId, FileStateForbids
from chassis.files.object_store import SMALLEST_PIECE_BYTES, FileOffsetWrong, PieceTaken, pieces_of
from chassis.files.tickets import TicketInvalid
from gateway.application.file_ports import FileOwners, Objects, Upload
from gateway.domain.byte_ranges import Part, sent_part
from gateway.errors import TooLarge

UPLOADING = "uploading"


class SenderGone(Exception):
    """Whoever sends has gone before the end; what came so far is kept."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What somebody sends, as its headers say."""

    file_id: str
    ticket: str
    holder: str
    content_range: str = ""
    """Empty where the whole file is sent at once."""
    content_length: int | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """How far an upload is."""

    file_id: str
    offset: int
    """Where it goes on; the size where nothing is missing."""
    size: int
    state: str


@dataclass(frozen=True, slots=True)
class TakeUploads:
    """One upload holds one piece in memory, however large its file is."""

    owners: FileOwners
    objects: Objects

    async def look(self, file_id: str, ticket: str, holder: str) -> Received:
        """How far an upload is."""
        upload = await self._opened(file_id, ticket, holder)
        offset = await self._offset(upload) if upload.state == UPLOADING else upload.size
        return Received(file_id, offset, upload.size, upload.state)

    async def take(self, sent: Sent, chunks: AsyncIterator[bytes]) -> Received:
        """Keeps what is sent; with the last byte the file goes into quarantine.

        Raises:
            TicketInvalid: the ticket is not good for this file and sender.
            FileStateForbids: the file has all its bytes already.
            FileOffsetWrong: it goes on elsewhere; somebody else may be sending, too.
            Invalid: the headers contradict the file, or the bytes contradict the headers.
            TooLarge: more comes than is missing.
            SenderGone: the sender left; whole pieces of what it sent are kept.
        """
        upload = await self._opened(sent.file_id, sent.ticket, sent.holder)
        if upload.state != UPLOADING:
            raise FileStateForbids(FileId(upload.file_id), upload.state, "upload")
        offset = await self._offset(upload)
        if offset < upload.size:
            part = _part_of(sent, upload, offset)
            offset = await self._keep(upload, part, chunks)
        state = upload.state
        if offset == upload.size:
            failpoints.reach("upload.whole")
            state = await self.owners.finish_upload(sent.ticket, sent.holder)
        return Received(upload.file_id, offset, upload.size, state)

    async def _opened(self, file_id: str, ticket: str, holder: str) -> Upload:
        upload = await self.owners.open_upload(ticket, holder)
        if upload.file_id != file_id:
            raise TicketInvalid("it is for another file")
        return upload

    async def _offset(self, upload: Upload) -> int:
        return await self.objects.uploaded(f"{upload.prefix}/upload")

    async def _keep(self, upload: Upload, part: Part, chunks: AsyncIterator[bytes]) -> int:
        waiting, offset, taken = bytearray(), part.first, 0
        try:
            async for chunk in chunks:
                taken += len(chunk)
                if taken > part.length:
                    raise TooLarge(part.length)
                waiting += chunk
                for piece in pieces_of(waiting, is_last=False):
                    offset = await self._put(upload, offset, piece)
        except SenderGone:
            if len(waiting) >= SMALLEST_PIECE_BYTES:
                await self._put(upload, offset, bytes(waiting))
            raise
        if taken < part.length:
            raise Invalid([Violation("", "body.length", f"ended after {taken} of {part.length} bytes")])
        for piece in pieces_of(waiting, is_last=True):
            offset = await self._put(upload, offset, piece)
        return offset

    async def _put(self, upload: Upload, offset: int, piece: bytes) -> int:
        try:
            await self.objects.put_piece(f"{upload.prefix}/upload", offset, piece)
        except PieceTaken as error:
            raise FileOffsetWrong(upload.file_id, await self._offset(upload)) from error
        failpoints.reach("upload.piece")
        return offset + len(piece)


def _part_of(sent: Sent, upload: Upload, offset: int) -> Part:
    part = sent_part(sent.content_range, upload.size) if sent.content_range else Part(0, upload.size)
    if part is None:
        fault = f"must be bytes FIRST-LAST/{upload.size} within the announced size"
        raise Invalid([Violation("content-range", "range", fault)])
    if part.first != offset:
        raise FileOffsetWrong(upload.file_id, offset)
    faults = []
    if sent.content_length is not None and sent.content_length != part.length:
        faults.append(Violation("content-length", "body.length", f"must be {part.length}, as announced"))
    if part.length < SMALLEST_PIECE_BYTES and part.end != upload.size:
        fault = f"a part that is not the last must have at least {SMALLEST_PIECE_BYTES} bytes"
        faults.append(Violation("content-range", "range.small", fault))
    if faults:
        raise Invalid(faults)
    return part
