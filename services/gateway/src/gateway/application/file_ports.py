"""What passing the bytes of files needs from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Upload:
    """A file whose bytes are sent, as the service that owns it tells."""

    file_id: str
    size: int
    """Bytes that were announced."""
    state: str
    prefix: str
    """Of its objects."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file whose bytes are fetched."""

    file_id: str
    name: str
    content_type: str
    key: str
    version: int
    is_thumbnail: bool


class FileOwners(Protocol):
    """The services that own files. Which one is asked, and for which tenant, the ticket says; they judge it."""

    async def open_upload(self, ticket: str, holder: str) -> Upload:
        """Where the bytes of a ticket go."""
        ...

    async def finish_upload(self, ticket: str, holder: str) -> str:
        """Tells that all bytes are there; returns the file's state."""
        ...

    async def open_download(self, ticket: str, *, counts: bool) -> Download:
        """Where the bytes of a ticket are; says whether the download is counted."""
        ...


class Objects(Protocol):
    """The part of `chassis.files.object_store.ObjectStore` that passing bytes needs."""

    async def put_piece(self, upload: str, offset: int, piece: bytes) -> None: ...

    async def uploaded(self, upload: str) -> int: ...

    async def size(self, key: str) -> int: ...

    def read(self, key: str, first: int, end: int) -> AsyncIterator[bytes]: ...
