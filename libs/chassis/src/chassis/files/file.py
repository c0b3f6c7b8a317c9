"""A file: what it claims to be when it is announced, what it turned out to be, and what may be done with it now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from chassis.errors import Refused
from chassis.ids import PersonId, TeamId, TenantId

FileId = NewType("FileId", str)

UNREFERENCED_FOR = timedelta(hours=24)
"""How long a file may stand without anything that refers to it, and an upload without its end."""


class FileState(StrEnum):
    """Where a file stands. Only `ready` files can be referred to and downloaded."""

    UPLOADING = "uploading"
    QUARANTINED = "quarantined"
    """All bytes are here; nobody gets them before they are checked."""
    READY = "ready"
    REFUSED = "refused"
    REMOVED = "removed"


class Refusal(StrEnum):
    """Why a check refused a file."""

    EMPTY = "empty"
    TYPE_NOT_ALLOWED = "type_not_allowed"
    """The content is of no type that is taken; its name does not matter."""
    DAMAGED = "damaged"
    """It says that it is of a type and cannot be read as one."""
    POLYGLOT = "polyglot"
    """It can be read as another type as well, or carries something behind its end."""
    ACTIVE_CONTENT = "active_content"
    """Macros, scripts, embedded files, or actions that start when it is opened."""
    ENCRYPTED = "encrypted"
    TOO_MUCH_INSIDE = "too_much_inside"
    """Unpacked it would be larger, or have more entries or pixels, than allowed: a bomb."""
    UNSAFE_PATH = "unsafe_path"
    """An entry of the package would land outside of it."""
    CHECK_EXHAUSTED = "check_exhausted"
    """The check ran out of its memory or its time."""


class Variant(StrEnum):
    """What of a file is downloaded."""

    ORIGINAL = "original"
    THUMBNAIL = "thumbnail"


class FileStateForbids(Refused):
    """The file is in a state that forbids the move."""

    reason = "FILE_STATE_FORBIDS"

    def __init__(self, file_id: FileId, state: str, move: str) -> None:
        message = f"File {file_id} is {state}: it refuses {move}."
        super().__init__(message, file_id=file_id, state=state, move=move)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: either a refusal, or the type, size and hash of what is kept."""

    refusal: Refusal | None = None
    content_type: str = ""
    size: int = 0
    """Bytes of what is kept; an image is written anew, so it may differ from what was sent."""
    sha256: str = ""
    """Of what was sent, in hex: the same document sent twice has the same, whatever becomes of it here."""
    has_thumbnail: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A file's row. States move forward only: uploading, quarantined, ready or refused; from each to removed."""

    id: FileId
    name: str
    kind: str
    """What it is in business, for example `interview_minutes`."""
    announced_size: int
    """Bytes that the uploader announced; exactly so many are taken."""
    uploaded_by: str
    """`person:<id>` or `service:<name>`."""
    owner_id: PersonId | None
    """The uploader, where it is a person: it sees its file before anything refers to it."""
    team_id: TeamId | None
    created_at: datetime
    state: FileState = FileState.UPLOADING
    refusal: Refusal | None = None
    content_type: str = ""
    size: int = 0
    sha256: str = ""
    has_thumbnail: bool = False
    checked_at: datetime | None = None
    version: int = 1

    def received(self) -> "File":
        """With all bytes here; a file that is further already stays as it is, so that a repeat changes nothing."""
        if self.state is FileState.REMOVED:
            raise FileStateForbids(self.id, self.state, "upload")
        return self._now(FileState.QUARANTINED) if self.state is FileState.UPLOADING else self

    def checked(self, verdict: Verdict, at: datetime) -> "File":
        """Judged. One that is no longer in quarantine stays as it is."""
        if self.state is not FileState.QUARANTINED:
            return self
        if verdict.refusal is not None:
            return replace(self._now(FileState.REFUSED), refusal=verdict.refusal, checked_at=at)
        return replace(
            self._now(FileState.READY),
            content_type=verdict.content_type,
            size=verdict.size,
            sha256=verdict.sha256,
            has_thumbnail=verdict.has_thumbnail,
            checked_at=at,
        )

    def removed(self) -> "File":
        """Gone for good; its row stays to say so."""
        return self._now(FileState.REMOVED)

    def require_uploading(self) -> None:
        """Refuses bytes for a file that has them all.

        Raises:
            FileStateForbids: it is not being uploaded.
        """
        if self.state is not FileState.UPLOADING:
            raise FileStateForbids(self.id, self.state, "upload")

    def require_ready(self, move: str) -> None:
        """Refuses what only a checked file can do.

        Raises:
            FileStateForbids: it is not ready.
        """
        if self.state is not FileState.READY:
            raise FileStateForbids(self.id, self.state, move)

    def _now(self, state: FileState) -> "File":
        return replace(self, state=state, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class FileChanged:
    """A file became ready, was refused or was removed. Carries no name, for names are free text."""

    file: File
    at: datetime


@dataclass(frozen=True, slots=True)
class FileDownloaded:
    """Somebody began to download a file: a person, or whoever holds a link."""

    file: File
    resources: Sequence[str]
    """What refers to the file, for example `opportunities/0190f3c4-…`."""
    person_id: PersonId | None
    link_id: str
    at: datetime


FileEvent = FileChanged | FileDownloaded


@dataclass(frozen=True, slots=True)
class FileLink:
    """A link by which somebody without an account, a customer, downloads a file."""

    id: str
    file_id: FileId
    made_by: str
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether it still works."""
        return self.revoked_at is None and now < self.expires_at


def prefix_of(service: str, tenant_id: TenantId, file_id: FileId) -> str:
    """Where a file's objects stand in the object store. Ids alone: no name that anybody typed is part of a path."""
    return f"{service}/{tenant_id}/{file_id}"
