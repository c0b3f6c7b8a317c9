"""Rows of an .xlsx as texts, row by row."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any

from openpyxl.packaging.manifest import Manifest
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook
from openpyxl.xml.constants import ARC_CONTENT_TYPES, SHARED_STRINGS
from openpyxl.xml.functions import fromstring

from throughline_cli.lead_files import xlsx_guard
from throughline_cli.lead_files.faults import FileRefused
from throughline_cli.lead_files.limits import Limits
from throughline_cli.lead_files.opening import regular_file
from throughline_cli.lead_files.xlsx_guard import SheetSize

_EXACT = 10**15
"""Whole numbers below it are exact in a float."""
_UNREADABLE = (
    InvalidFileException, KeyError, IndexError, ValueError, TypeError, AttributeError, OSError, SyntaxError,
    zipfile.BadZipFile, EOFError,
)  # fmt: skip
"""What the library raises on archives that are no workbooks, or broken ones."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that has been looked through; `size` counts the header and blank rows too."""

    size: SheetSize
    path: Path
    _worksheet: Any

    def rows(self) -> Iterator[list[str]]:
        """All rows that are not blank, the header among them. Formulas count by the value saved with them.

        Raises:
            FileRefused: MALFORMED.
        """
        self._worksheet.reset_dimensions()  # what the sheet says of its own size need not be true
        cells = self._worksheet.iter_rows(max_row=self.size.rows, max_col=self.size.columns, values_only=True)
        try:
            # What stands behind the last row, such as a hyperlink for each, is never read: it would stay in memory.
            for _ in range(self.size.rows):
                row = [text_of(cell) for cell in next(cells, ())]
                while row and not row[-1]:
                    row.pop()
                if any(not cell.isspace() for cell in row if cell):
                    yield row
        except _UNREADABLE as error:
            raise FileRefused("MALFORMED", self.path, line=0, cause=error) from error


@contextmanager
def open_sheet(path: Path, name: str, limits: Limits) -> Iterator[Sheet]:
    """Looks through a whole .xlsx and opens one of its sheets, the first when no name is given.

    Raises:
        FileRefused: NOT_XLSX, NO_SHEET, MALFORMED, or it breaks a limit.
    """
    with regular_file(path, limits) as file, _archive(file, path) as archive:
        xlsx_guard.check_archive(archive, path, limits)
        texts = xlsx_guard.read_texts(archive, _texts_part(archive, path), path, limits)
        worksheet = _worksheet(_workbook(file, texts, path), name, path)
        size = xlsx_guard.measure(archive, worksheet._worksheet_path, path, limits)  # noqa: SLF001 (no other name for it)
        yield Sheet(size, path, worksheet)


def text_of(cell: object) -> str:
    """The text that a person would type for the value: whole numbers without a point, times by ISO 8601."""
    match cell:
        case None:
            text = ""
        case bool():
            text = "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < _EXACT:
            text = str(int(cell))
        case datetime() if cell.time() == time():
            text = cell.date().isoformat()
        case datetime() | date() | time():
            text = cell.isoformat()
        case timedelta():
            text = str(int(cell.total_seconds()))
        case _:
            text = str(cell)
    return text


class _Reader(ExcelReader):
    """Opens styles and names of the sheets; the table of texts is given, as it was read under our limits."""

    def __init__(self, file: IO[bytes], texts: list[str]) -> None:
        super().__init__(file, read_only=True, data_only=True, keep_links=False)
        self._texts = texts

    def read_strings(self) -> None:
        self.shared_strings = self._texts


@contextmanager
def _archive(file: IO[bytes], path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise FileRefused("NOT_XLSX", path) from error
    with archive:
        yield archive


def _texts_part(archive: zipfile.ZipFile, path: Path) -> str:
    """The part that the archive itself names as its table of texts; empty where it has none."""
    try:
        root: Any = fromstring(archive.read(ARC_CONTENT_TYPES))
        manifest: Any = Manifest.from_tree(root)
        texts = manifest.find(SHARED_STRINGS)
    except _UNREADABLE as error:
        raise FileRefused("NOT_XLSX", path) from error
    return str(texts.PartName).removeprefix("/") if texts is not None else ""


def _workbook(file: IO[bytes], texts: list[str], path: Path) -> Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # parts that it leaves out, such as validations
        try:
            reader = _Reader(file, texts)
            reader.read()
        except _UNREADABLE as error:
            raise FileRefused("NOT_XLSX", path) from error
    workbook: Workbook = reader.wb
    return workbook


def _worksheet(workbook: Workbook, name: str, path: Path) -> Any:
    worksheets: dict[str, Any] = {worksheet.title: worksheet for worksheet in workbook.worksheets}
    if not worksheets or (name and name not in worksheets):
        raise FileRefused("NO_SHEET", path, sheet=name or "-", known=", ".join(worksheets) or "-")
    return worksheets[name] if name else next(iter(worksheets.values()))
