"""Office documents: zip packages whose parts are those of Word, Excel or PowerPoint, within bounds, without macros."""

import os
import stat
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from chassis.files.content.found import ContentRefused, Found, Workplace
from chassis.files.file import Refusal

MOST_ENTRIES = 5_000
MOST_UNPACKED_BYTES = 1024 * 1024 * 1024
MOST_RATIO = 200
"""Unpacked to packed; text in XML reaches 30, a bomb thousands."""
_RATIO_FROM_BYTES = 1024 * 1024
"""Below it a high ratio harms nobody."""
_CHUNK = 256 * 1024
_CONTENT_TYPES = "[Content_Types].xml"
_OOXML = "application/vnd.openxmlformats-officedocument."
_TYPES = {
    "word/document.xml": _OOXML + "wordprocessingml.document",
    "xl/workbook.xml": _OOXML + "spreadsheetml.sheet",
    "ppt/presentation.xml": _OOXML + "presentationml.presentation",
}
_ACTIVE = ("vbaproject.bin", "/activex/", "/embeddings/", "macrosheets/", "vbadata.xml")
_ENCRYPTED = 0x1
_END_MARK, _END_BYTES = b"PK\x05\x06", 22


def open_package(place: Workplace) -> Found:
    """Reads every entry to its end, counting what really comes out and not what the headers say.

    Raises:
        ContentRefused: it is no office document, or one that is not taken.
    """
    try:
        with place.source.open("rb") as raw, zipfile.ZipFile(raw) as package:
            entries = package.infolist()
            _require_whole(place.source, entries)
            _require_safe(entries)
            content_type = _type_of(entries)
            _require_bounded(package, entries)
    # The library tells of unknown compression and of passwords by NotImplementedError and RuntimeError.
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise ContentRefused(Refusal.DAMAGED) from error
    return Found(content_type)


def _require_whole(source: Path, entries: Sequence[zipfile.ZipInfo]) -> None:
    """Nothing stands before the package or behind it, which a program might read as something else."""
    if not entries or min(entry.header_offset for entry in entries) != 0:
        raise ContentRefused(Refusal.POLYGLOT)
    with source.open("rb") as file:
        file.seek(-_END_BYTES, os.SEEK_END)
        end = file.read()
    if not end.startswith(_END_MARK) or not end.endswith(b"\0\0"):  # a comment may hold anything
        raise ContentRefused(Refusal.POLYGLOT)


def _require_safe(entries: Sequence[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES or len({entry.filename for entry in entries}) != len(entries):
        raise ContentRefused(Refusal.TOO_MUCH_INSIDE)
    for entry in entries:
        name = entry.filename
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in entry.orig_filename:
            raise ContentRefused(Refusal.UNSAFE_PATH)
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise ContentRefused(Refusal.UNSAFE_PATH)
        if entry.flag_bits & _ENCRYPTED:
            raise ContentRefused(Refusal.ENCRYPTED)
        if any(mark in f"/{name.lower()}" for mark in _ACTIVE):
            raise ContentRefused(Refusal.ACTIVE_CONTENT)


def _type_of(entries: Sequence[zipfile.ZipInfo]) -> str:
    names = {entry.filename for entry in entries}
    found = [content_type for part, content_type in _TYPES.items() if part in names]
    if _CONTENT_TYPES not in names or not found:
        raise ContentRefused(Refusal.TYPE_NOT_ALLOWED)
    if len(found) > 1:
        raise ContentRefused(Refusal.POLYGLOT)
    return found[0]


def _require_bounded(package: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]) -> None:
    unpacked = 0
    for entry in entries:
        before = unpacked
        with package.open(entry) as part:
            while chunk := part.read(_CHUNK):
                unpacked += len(chunk)
                of_entry = unpacked - before
                too_dense = of_entry > _RATIO_FROM_BYTES and of_entry > MOST_RATIO * max(entry.compress_size, 1)
                if unpacked > MOST_UNPACKED_BYTES or too_dense:
                    raise ContentRefused(Refusal.TOO_MUCH_INSIDE)
