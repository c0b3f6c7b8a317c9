"""What a backup says about itself: `manifest.json`, written last, so that a backup without it is none."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FORMAT = 1
MANIFEST = "manifest.json"
_PIECE = 1 << 20


class Part(BaseModel):
    """One file of a backup.

    Attributes:
        name: path inside the backup.
        size: in bytes.
        sha256: of its bytes, hex.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    size: int
    sha256: str

    @classmethod
    def of(cls, folder: Path, name: str) -> Part:
        """The part as it lies in the folder now."""
        path = folder / name
        return cls(name=name, size=path.stat().st_size, sha256=digest(path))


class DatabasePart(BaseModel):
    """The dump of one service's database.

    Attributes:
        service: such as "lead-router".
        revision: of its schema.
        taken_at: it holds what was committed before, in real time, and nothing later.
        version_base: highest base of event versions (`chassis.restoration`) that it knows.
    """

    model_config = ConfigDict(frozen=True)

    service: str
    part: Part
    revision: str
    taken_at: datetime
    version_base: int = 0


class FilesPart(BaseModel):
    """The object store as a tar archive.

    Attributes:
        count: objects in it.
        bytes: of all objects together.
    """

    model_config = ConfigDict(frozen=True)

    part: Part
    count: int
    bytes: int


class Manifest(BaseModel):
    """A whole backup.

    Attributes:
        format: of this description; a newer one than `FORMAT` is not understood.
        id: of the backup, a UUIDv7.
        product_version: of the suite that made it, for people.
        server_version: of PostgreSQL, such as "18.6".
        made_at: when it was complete.
        keys: what secrets in the gateway's database are sealed by, and what tokens are signed by.
    """

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    id: str
    product_version: str
    server_version: str
    made_at: datetime
    databases: tuple[DatabasePart, ...]
    files: FilesPart
    keys: Part

    @property
    def parts(self) -> Sequence[Part]:
        """Everything but the manifest itself."""
        return [*(database.part for database in self.databases), self.files.part, self.keys]

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)

    def database_of(self, service: str) -> DatabasePart | None:
        """The dump of a service; None where the backup has none."""
        return next((database for database in self.databases if database.service == service), None)


def digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            sha.update(piece)
    return sha.hexdigest()
