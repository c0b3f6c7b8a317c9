"""Looks through an .xlsx before it is read: an archive of XML can be small on the disk and huge in memory.

Sheets and the table of texts are scanned as streams with every limit checked on the way; everything else must be small.
What passes here can be read row by row in bounded memory.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, NoReturn
from xml.parsers import expat

from throughline_cli.lead_files.faults import FileRefused
from throughline_cli.lead_files.limits import Limits
from throughline_cli.lead_files.opening import check_unpacked

_MOST_PARTS = 2_000
_CHUNK_BYTES = 64 * 1024
_MOST_ELEMENTS_IN_A_ROW = 100_000
_MOST_ELEMENTS_BEFORE_ROWS = 20_000
_STREAMED = re.compile(r"xl/(worksheets/[^/]+|sharedStrings)\.xml", re.IGNORECASE)
_NAMESPACE_SEPARATOR = " "
_PLACE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")

OnStart = Callable[[str, dict[str, str]], None]
OnEnd = Callable[[str], None]


class _Done(Exception):
    """All that matters has been seen."""


@dataclass(frozen=True, slots=True)
class SheetSize:
    """What a sheet holds: the number of its last row, blank ones among them, and of its last column with a value."""

    rows: int
    columns: int


def check_archive(archive: zipfile.ZipFile, path: Path, limits: Limits) -> None:
    """Checks the parts of the archive by what it says of them; more than it says cannot be read from it.

    Raises:
        FileRefused: BROKEN_ARCHIVE, UNPACKED_TOO_LARGE, RATIO_TOO_LARGE, PART_TOO_LARGE, PART_NAME, ENCRYPTED.
    """
    parts = archive.infolist()
    if len(parts) > _MOST_PARTS:
        raise FileRefused("BROKEN_ARCHIVE", path, cause=f"{len(parts)} parts")
    for part in parts:
        if part.flag_bits & 1:
            raise FileRefused("ENCRYPTED", path)
        if PurePosixPath(part.filename).is_absolute() or ".." in re.split(r"[/\\]", part.filename):
            raise FileRefused("PART_NAME", path, part=part.filename)
        if _is_read_whole(part.filename) and part.file_size > limits.part_bytes:
            raise FileRefused("PART_TOO_LARGE", path, part=part.filename, limit=limits.part_bytes)
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    check_unpacked(unpacked, packed, path, limits)


def _is_read_whole(part: str) -> bool:
    """Pictures and other attachments are never read."""
    return part.endswith((".xml", ".rels")) and not _STREAMED.fullmatch(part)


def read_texts(archive: zipfile.ZipFile, part: str, path: Path, limits: Limits) -> list[str]:
    """The table of texts that cells refer to by number. It is the one thing that stays in memory.

    Raises:
        FileRefused: TEXTS_TOO_MANY, CELL_TOO_LONG, MALFORMED.
    """
    if part not in archive.namelist():
        return []
    if archive.getinfo(part).file_size > limits.texts_bytes:
        raise FileRefused("TEXTS_TOO_MANY", path, limit=limits.texts)
    table = _Texts(path, limits)
    with archive.open(part) as stream:
        _Scan(path, limits, table.start, table.end).run(stream, table.text)
    return table.found


def measure(archive: zipfile.ZipFile, part: str, path: Path, limits: Limits) -> SheetSize:
    """Checks a sheet and measures it.

    Raises:
        FileRefused: TOO_MANY_ROWS, TOO_MANY_COLUMNS, CELL_TOO_LONG, MALFORMED.
    """
    sheet = _Sheet(path, limits)
    with archive.open(part) as stream:
        _Scan(path, limits, sheet.start, sheet.end).run(stream, sheet.text)
    return SheetSize(sheet.rows, sheet.columns)


@dataclass(frozen=True, slots=True)
class _Scan:
    """Runs expat over a part. Names come without their namespace."""

    path: Path
    limits: Limits
    start: OnStart
    end: OnEnd

    def run(self, stream: IO[bytes], text: Callable[[str], None]) -> None:
        """Until the end of the part, or until a callback raises `_Done`."""
        parser = expat.ParserCreate(namespace_separator=_NAMESPACE_SEPARATOR)
        parser.buffer_text = True
        start, end = self.start, self.end
        parser.StartElementHandler = lambda name, found: start(name.rpartition(_NAMESPACE_SEPARATOR)[2], found)
        parser.EndElementHandler = lambda name: end(name.rpartition(_NAMESPACE_SEPARATOR)[2])
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        try:
            while chunk := stream.read(_CHUNK_BYTES):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except _Done:
            return
        except (expat.ExpatError, zipfile.BadZipFile, EOFError) as error:
            raise FileRefused("MALFORMED", self.path, line=0, cause=error) from error

    def _refuse_doctype(self, *_: object) -> NoReturn:
        raise FileRefused("MALFORMED", self.path, line=0, cause="DOCTYPE")


class _Cells:
    """Counts the characters of the present cell or text."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self.limits = limits
        self.chars = 0

    def text(self, text: str) -> None:
        self.chars += len(text)
        if self.chars > self.limits.cell_chars:
            raise FileRefused("CELL_TOO_LONG", self.path, line=0, limit=self.limits.cell_chars)


class _Texts(_Cells):
    """Gathers the texts: of `<si>` all that stands in `<t>`, but not how it is pronounced, in `<rPh>`."""

    def __init__(self, path: Path, limits: Limits) -> None:
        super().__init__(path, limits)
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._is_text = False
        self._is_reading = False

    def start(self, name: str, _: dict[str, str]) -> None:
        if name == "si":
            self._pieces, self.chars = [], 0
        elif name == "rPh":
            self._is_reading = True
        self._is_text = name == "t" and not self._is_reading

    def text(self, text: str) -> None:
        super().text(text)
        if self._is_text:
            self._pieces.append(text)

    def end(self, name: str) -> None:
        self._is_text = False
        if name == "rPh":
            self._is_reading = False
        elif name == "si":
            self.found.append("".join(self._pieces))
            if len(self.found) > self.limits.texts:
                raise FileRefused("TEXTS_TOO_MANY", self.path, limit=self.limits.texts)


class _Sheet(_Cells):
    """Counts rows, and what one row holds."""

    def __init__(self, path: Path, limits: Limits) -> None:
        super().__init__(path, limits)
        self.rows = 0
        self.columns = 0
        self._elements = 0
        self._cells = 0
        self._column = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if name == "c":
            self._begin_cell(attributes.get("r", ""))
        elif name in {"v", "is"}:
            self.columns = max(self.columns, self._column)
        elif name == "row":
            self._begin_row(attributes.get("r", ""))
        most = _MOST_ELEMENTS_IN_A_ROW if self.rows else _MOST_ELEMENTS_BEFORE_ROWS
        if self._elements > most or self.columns > self.limits.columns:
            raise FileRefused("TOO_MANY_COLUMNS", self.path, limit=self.limits.columns)

    def end(self, name: str) -> None:
        if name == "sheetData":
            raise _Done

    def _begin_row(self, number: str) -> None:
        """A row's number may jump ahead; the rows between are blank and cost as much as others."""
        self.rows = max(self.rows + 1, int(number) if number.isdecimal() and len(number) < 10 else 0)
        if self.rows > self.limits.rows + 1:
            raise FileRefused("TOO_MANY_ROWS", self.path, limit=self.limits.rows)
        self._elements = self._cells = self.chars = 0

    def _begin_cell(self, place: str) -> None:
        self.chars = 0
        self._cells += 1
        found = _PLACE.fullmatch(place)
        self._column = _column_number(found[1]) if found else self._cells


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
