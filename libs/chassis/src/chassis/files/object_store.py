"""The object store: a bucket of any S3, or a folder of this machine, by one code path.

An upload is kept piece by piece, each an object of its own named by its offset and written once. So a piece is there
whole or not at all, the offset at which an upload goes on is a look at the store, two writers at one offset cannot both
succeed, and nothing is held in memory but the piece at hand. Both stores can do that; appending only one of them could.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, S3Store

from chassis.errors import Refused, Unreachable

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

PIECE_BYTES = 4 * 1024 * 1024
"""Of one object of an upload, and of what a reader holds in memory."""
SMALLEST_PIECE_BYTES = 256 * 1024
"""Of all pieces but the last, so that nobody fills the store with millions of tiny objects."""

P = ParamSpec("P")
R = TypeVar("R")

_DEPENDENCY = "object store"
_RETRIES: "RetryConfig" = {"max_retries": 4, "retry_timeout": timedelta(seconds=10)}
"""By themselves they last for minutes; senders and deadlines try again anyway, and are told in time."""
_OFFSET_DIGITS = 12


class PieceTaken(Exception):
    """Another writer has written at this offset."""


class FileOffsetWrong(Refused):
    """The upload goes on at another offset."""

    reason = "FILE_OFFSET_WRONG"

    def __init__(self, file_id: str, offset: int) -> None:
        super().__init__(f"The upload of file {file_id} goes on at byte {offset}.", file_id=file_id, offset=offset)
        self.offset = offset


class ObjectStore:
    """Objects by key. Every method may raise Unreachable.

    The library's own coroutines are left aside: they may abort the interpreter when it ends, so threads do the work.
    """

    def __init__(self, store: LocalStore | S3Store) -> None:
        self._store = store

    @classmethod
    def open(cls, url: str, options: Mapping[str, str] | None = None) -> Self:
        """The store at an address; nothing connects before it is used.

        Args:
            url: `file:///folder` or `s3://bucket/prefix`.
            options: of S3: `endpoint`, `region`, `access_key_id`, `secret_access_key` and what else obstore knows.
        """
        address = urlsplit(url)
        if address.scheme == "file":
            return cls(LocalStore(Path(unquote(address.path)), mkdir=True))
        given = dict(options or {})
        is_plain = given.get("endpoint", "").startswith("http://")
        config = {name.lower().removeprefix("aws_"): value for name, value in given.items()}
        client: ClientConfig = {"allow_http": is_plain}
        return cls(S3Store.from_url(url, config=config, client_options=client, retry_config=_RETRIES))  # type: ignore[arg-type]  # keys are the operator's

    async def put_piece(self, upload: str, offset: int, piece: bytes) -> None:
        """Keeps a piece of an upload.

        Raises:
            PieceTaken: there is one at this offset.
        """
        try:
            await _in_thread(obstore.put, self._store, f"{upload}/{offset:0{_OFFSET_DIGITS}d}", piece, mode="create")
        except AlreadyExistsError as error:
            raise PieceTaken(upload) from error

    async def uploaded(self, upload: str) -> int:
        """How many bytes of an upload are here without a gap."""
        pieces = await _in_thread(self._pieces, upload)
        offset = 0
        while offset in pieces:
            offset += pieces[offset]
        return offset

    async def fetch_upload(self, upload: str, into: Path, *, at_most: int) -> int:
        """Writes an upload's pieces to a file of this machine, one by one; returns how many bytes there were.

        Args:
            upload: prefix of the pieces.
            into: the file to write.
            at_most: bytes; what lies behind them is left.
        """
        return await _in_thread(self._fetch_upload, upload, into, at_most)

    async def put_file(self, key: str, path: Path) -> None:
        """Keeps a file of this machine under a key, in place of what was there."""
        await _in_thread(obstore.put, self._store, key, path, chunk_size=PIECE_BYTES + 1024 * 1024, max_concurrency=2)

    async def size(self, key: str) -> int:
        """How many bytes an object has."""
        return int((await _in_thread(obstore.head, self._store, key))["size"])

    async def read(self, key: str, first: int, end: int) -> AsyncIterator[bytes]:
        """The bytes `[first, end)` of an object, piece by piece."""
        while first < end:
            piece = await _in_thread(self._range, key, first, min(end, first + PIECE_BYTES))
            if not piece:
                raise Unreachable(_DEPENDENCY)
            yield piece
            first += len(piece)

    async def delete_under(self, prefix: str) -> int:
        """Deletes all objects under a prefix; returns how many. What is gone already is no fault."""
        return await _in_thread(self._delete_under, prefix)

    def _pieces(self, upload: str) -> dict[int, int]:
        """Size by offset."""
        listed = obstore.list(self._store, f"{upload}/").collect()
        return {int(found["path"].rpartition("/")[2]): found["size"] for found in listed}

    def _fetch_upload(self, upload: str, into: Path, at_most: int) -> int:
        pieces, offset = self._pieces(upload), 0
        with into.open("wb") as file:
            while offset in pieces and offset < at_most:
                piece = bytes(obstore.get(self._store, f"{upload}/{offset:0{_OFFSET_DIGITS}d}").bytes())
                file.write(piece[: at_most - offset])
                offset += len(piece)
        return min(offset, at_most)

    def _range(self, key: str, first: int, end: int) -> bytes:
        return bytes(obstore.get_range(self._store, key, start=first, end=end))

    def _delete_under(self, prefix: str) -> int:
        keys = [found["path"] for found in obstore.list(self._store, f"{prefix}/").collect()]
        for key in keys:
            try:
                obstore.delete(self._store, key)
            except FileNotFoundError:
                continue  # another process deletes the same upload
        return len(keys)


async def _in_thread(work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    try:
        return await asyncio.to_thread(work, *arguments, **named)
    except AlreadyExistsError:
        raise
    except (BaseError, OSError) as error:
        raise Unreachable(_DEPENDENCY) from error


def pieces_of(chunk: bytearray, *, is_last: bool) -> Iterator[bytes]:
    """Takes whole pieces from the front of what has come in; at the end, the rest as well."""
    while len(chunk) >= PIECE_BYTES or (is_last and chunk):
        yield bytes(chunk[:PIECE_BYTES])
        del chunk[:PIECE_BYTES]
