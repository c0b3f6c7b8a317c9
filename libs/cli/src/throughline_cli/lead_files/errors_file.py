"""The file of refused rows: number, reason and detail before the original cells, so that it can be mended and sent.

Cells that a spreadsheet program would run as formulas are made harmless; the reader undoes that.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from throughline_cli.lead_files.formulas import neutral
from throughline_cli.lead_files.lead_file import FileRow

_COLUMNS: Final = ("row_number", "reason", "detail")


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """Why a row became no lead."""

    number: int
    reason: str
    detail: str


def errors_path(path: Path) -> Path:
    """Where the refused rows of a file go: beside it, as `<file>.errors.csv`."""
    return path.with_name(f"{path.name}.errors.csv")


def write_errors(target: Path, header: Sequence[str], refused: Iterable[RefusedRow], rows: Iterable[FileRow]) -> int:
    """Writes the refused rows with their cells, in order; gives how many.

    The file appears whole or not at all, and takes the place of a link rather than follow it. Both `refused` and `rows`
    come by rising number and are read once.
    """
    descriptor, draft_name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.", suffix=".part")
    draft = Path(draft_name)
    count = 0
    try:
        # Spreadsheet programs take a file without this mark for one in the local encoding.
        with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*_COLUMNS, *map(neutral, header)])
            for row, cells in _joined(refused, rows):
                writer.writerow([row.number, neutral(row.reason), neutral(row.detail), *map(neutral, cells)])
                count += 1
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return count


def _joined(refused: Iterable[RefusedRow], rows: Iterable[FileRow]) -> Iterator[tuple[RefusedRow, Sequence[str]]]:
    waiting = iter(rows)
    current = next(waiting, None)
    for row in refused:
        while current is not None and current.number < row.number:
            current = next(waiting, None)
        yield row, current.cells if current is not None and current.number == row.number else ()
