"""Uploads in pieces: whatever the chunks and the breaks are, the same bytes stand there in the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.errors import Invalid
from chassis.files.object_store import PIECE_BYTES, SMALLEST_PIECE_BYTES, FileOffsetWrong, PieceTaken
from chassis.files.tickets import TicketInvalid
from gateway.application.file_ports import Download, Upload
from gateway.application.take_uploads import UPLOADING, SenderGone, Sent, TakeUploads
from gateway.errors import TooLarge

SIZE = 2 * PIECE_BYTES + 12_345
CONTENT = bytes(range(256)) * (SIZE // 256 + 1)


@dataclass
class Store:
    """As `ObjectStore`, in memory."""

    pieces: dict[int, bytes] = field(default_factory=dict)

    async def put_piece(self, upload: str, offset: int, piece: bytes) -> None:
        if offset in self.pieces:
            raise PieceTaken(upload)
        self.pieces[offset] = piece

    async def uploaded(self, upload: str) -> int:
        offset = 0
        while offset in self.pieces:
            offset += len(self.pieces[offset])
        return offset

    async def size(self, key: str) -> int:
        raise NotImplementedError

    def read(self, key: str, first: int, end: int) -> AsyncIterator[bytes]:
        raise NotImplementedError

    @property
    def content(self) -> bytes:
        return b"".join(self.pieces[offset] for offset in sorted(self.pieces))


@dataclass
class Owner:
    """A service with one file."""

    state: str = UPLOADING

    async def open_upload(self, ticket: str, holder: str) -> Upload:
        return Upload("f-1", SIZE, self.state, "pipeline/t/f-1")

    async def finish_upload(self, ticket: str, holder: str) -> str:
        self.state = "quarantined"
        return self.state

    async def open_download(self, ticket: str, *, counts: bool) -> Download:
        raise NotImplementedError


async def sending(content: bytes, cuts: Sequence[int], *, breaks: bool = False) -> AsyncIterator[bytes]:
    edges = [0, *sorted(cut for cut in cuts if cut < len(content)), len(content)]
    for first, end in pairwise(edges):
        yield content[first:end]
    if breaks:
        raise SenderGone


@given(
    cuts=st.lists(st.integers(1, SIZE), max_size=6),
    breaks_at=st.lists(st.integers(0, SIZE - 1), max_size=3),
)
@settings(max_examples=25)
async def test_an_upload_that_is_broken_anywhere_and_resumed_is_whole(cuts: list[int], breaks_at: list[int]) -> None:
    store, owner = Store(), Owner()
    uploads = TakeUploads(owner, store)

    for end in breaks_at:
        offset = (await uploads.look("f-1", "t", "h")).offset
        rest = sending(CONTENT[offset : max(offset, end)], cuts, breaks=True)
        with pytest.raises(SenderGone):
            await uploads.take(Sent("f-1", "t", "h", f"bytes {offset}-{SIZE - 1}/{SIZE}"), rest)
    offset = (await uploads.look("f-1", "t", "h")).offset
    last = Sent("f-1", "t", "h", f"bytes {offset}-{SIZE - 1}/{SIZE}")
    done = await uploads.take(last, sending(CONTENT[offset:SIZE], cuts))

    assert store.content == CONTENT[:SIZE]
    assert (done.offset, done.state) == (SIZE, "quarantined")
    assert max(map(len, store.pieces.values())) <= PIECE_BYTES
    assert all(len(piece) >= SMALLEST_PIECE_BYTES for at, piece in store.pieces.items() if at + len(piece) < SIZE)


async def test_more_than_is_missing_is_refused_before_it_is_kept() -> None:
    store = Store()

    with pytest.raises(TooLarge):
        await TakeUploads(Owner(), store).take(Sent("f-1", "t", "h"), sending(CONTENT[: SIZE + 1], []))

    assert len(store.content) <= SIZE


@pytest.mark.parametrize(
    ("sent", "refused"),
    [
        (Sent("f-2", "t", "h"), TicketInvalid),
        (Sent("f-1", "t", "h", "bytes 5-9/10"), Invalid),
        (Sent("f-1", "t", "h", f"bytes 0-99/{SIZE}"), Invalid),
        (Sent("f-1", "t", "h", "", SIZE - 1), Invalid),
        (Sent("f-1", "t", "h", f"bytes 7-{SIZE - 1}/{SIZE}"), FileOffsetWrong),
    ],
)
async def test_headers_that_contradict_the_file_are_refused_unread(sent: Sent, refused: type[Exception]) -> None:
    store = Store()

    with pytest.raises(refused):
        await TakeUploads(Owner(), store).take(sent, sending(CONTENT[:SIZE], []))

    assert store.pieces == {}
