"""Makes the files that the tests read."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from throughline_cli.lead_files.lead_file import LeadFile


def csv_file(folder: Path, text: str, *, encoding: str = "utf-8", name: str = "leads.csv") -> Path:
    """A CSV file with this text."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def gzip_file(folder: Path, content: bytes, name: str = "leads.csv.gz") -> Path:
    """The content, packed."""
    path = folder / name
    path.write_bytes(gzip.compress(content))
    return path


def xlsx_file(folder: Path, rows: Iterable[Sequence[object]], *, sheet: str = "Leads") -> Path:
    """A spreadsheet with these rows."""
    path = folder / "leads.xlsx"
    workbook = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"})
    worksheet = workbook.add_worksheet(sheet)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            worksheet.write(number, column, cell)
    workbook.close()
    return path


def with_part(path: Path, name: str, content: str | bytes) -> Path:
    """A copy of an archive in which one part is another."""
    target = path.with_name(f"changed-{path.name}")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as changed:
        for part in source.infolist():
            if part.filename != name:
                changed.writestr(part, source.read(part))
        changed.writestr(name, content)
    return target


def cells_of(file: LeadFile) -> list[tuple[str, ...]]:
    """All rows behind the header."""
    return [row.cells for row in file.rows(file.survey())]
