"""A file of leads: what it is, and its rows with their numbers."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from throughline_cli.lead_files.csv_rows import csv_rows, separator_of
from throughline_cli.lead_files.encodings import AUTO, encoding_of
from throughline_cli.lead_files.faults import FileRefused
from throughline_cli.lead_files.formulas import without_quote
from throughline_cli.lead_files.limits import Limits
from throughline_cli.lead_files.opening import regular_file, text_bytes

if TYPE_CHECKING:
    from throughline_cli.lead_files.xlsx_rows import Sheet

_CHUNK_BYTES = 256 * 1024
_SUFFIXES = (".csv", ".csv.gz", ".xlsx")


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row. `number` counts from 1, the header and blank rows not counted; `cells` are as the file has them."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """What a walk through the file found.

    Attributes:
        header: names of the columns.
        rows: how many rows there are; for an .xlsx at the most, as blank ones count here.
        encoding, separator: empty for an .xlsx.
        sha256: of the file, hex.
    """

    header: tuple[str, ...]
    rows: int
    encoding: str
    separator: str
    sha256: str


class LeadFile:
    """One file, read as often as need be, never as a whole.

    Args:
        path: `.csv`, `.csv.gz` or `.xlsx`.
        encoding: a Python codec, or `auto`.
        separator: of a CSV file; empty to find it out.
        sheet: of an .xlsx; empty for the first.
    Raises:
        FileRefused: UNKNOWN_KIND.
    """

    def __init__(
        self, path: Path, *, encoding: str = AUTO, separator: str = "", sheet: str = "", limits: Limits | None = None
    ) -> None:
        self.path = path
        self._encoding = "utf-8-sig" if encoding.lower() in {"utf-8", "utf8"} else encoding
        self._separator = separator
        self._sheet = sheet
        self._limits = limits or Limits()
        if not path.name.lower().endswith(_SUFFIXES):
            raise FileRefused("UNKNOWN_KIND", path, known=", ".join(_SUFFIXES))

    @property
    def is_xlsx(self) -> bool:
        """Whether it is a spreadsheet."""
        return self.path.name.lower().endswith(".xlsx")

    def survey(self) -> Survey:
        """Walks through the whole file; what it refuses is refused before anything is sent.

        Raises:
            FileRefused: for any fault of the file as a whole; also EMPTY, HEADER_TWICE, TOO_MANY_ROWS.
        """
        sha256 = self._digest()
        if self.is_xlsx:
            with self._open_sheet() as sheet:
                header = self._header(next(sheet.rows(), []))
                return Survey(header, max(0, sheet.size.rows - 1), "", "", sha256)
        with text_bytes(self.path, self._limits) as stream:
            encoding = encoding_of(iter(lambda: stream.read(_CHUNK_BYTES), b""), self.path, self._encoding)
        separator = self._separator or self._find_separator(encoding)
        with self._rows_with_header(encoding, separator) as rows:
            header = self._header(next(rows, []))
            count = self._count(rows)
        return Survey(header, count, encoding, separator, sha256)

    def rows(self, survey: Survey) -> Iterator[FileRow]:
        """The rows behind the header.

        Raises:
            FileRefused: as `survey`; CHANGED when the file is another one by now.
        """
        before = self._identity()
        with self._rows_with_header(survey.encoding, survey.separator) as rows:
            next(rows, None)
            for number, cells in enumerate(rows, start=1):
                yield FileRow(number, tuple(cells))
        if self._identity() != before:
            raise FileRefused("CHANGED", self.path)

    def _digest(self) -> str:
        with regular_file(self.path, self._limits) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _find_separator(self, encoding: str) -> str:
        with self._text(encoding) as text:
            return separator_of(text, self._limits, self.path)

    @contextmanager
    def _text(self, encoding: str) -> Iterator[TextIO]:
        with text_bytes(self.path, self._limits) as stream:
            text = io.TextIOWrapper(stream, encoding=encoding, newline="")
            try:
                yield text
            finally:
                text.detach()  # the stream has an owner who closes it

    @contextmanager
    def _rows_with_header(self, encoding: str, separator: str) -> Iterator[Iterator[list[str]]]:
        if self.is_xlsx:
            with self._open_sheet() as sheet:
                yield sheet.rows()
            return
        with self._text(encoding) as text:
            yield csv_rows(text, separator, self._limits, self.path)

    def _open_sheet(self) -> AbstractContextManager[Sheet]:
        from throughline_cli.lead_files.xlsx_rows import open_sheet  # noqa: PLC0415 - costs what a whole command costs

        return open_sheet(self.path, self._sheet, self._limits)

    def _header(self, cells: list[str]) -> tuple[str, ...]:
        header = tuple(without_quote(cell).strip() for cell in cells)
        if not any(header):
            raise FileRefused("EMPTY", self.path)
        if len(header) > self._limits.columns:
            raise FileRefused("TOO_MANY_COLUMNS", self.path, limit=self._limits.columns)
        if twice := sorted({name for name in header if name and header.count(name) > 1}):
            raise FileRefused("HEADER_TWICE", self.path, columns=", ".join(twice))
        return header

    def _count(self, rows: Iterator[list[str]]) -> int:
        count = 0
        for row in rows:
            count += 1
            if count > self._limits.rows:
                raise FileRefused("TOO_MANY_ROWS", self.path, limit=self._limits.rows)
            if len(row) > self._limits.columns:
                raise FileRefused("TOO_MANY_COLUMNS", self.path, limit=self._limits.columns)
        return count

    def _identity(self) -> tuple[int, int, int]:
        found = self.path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns
