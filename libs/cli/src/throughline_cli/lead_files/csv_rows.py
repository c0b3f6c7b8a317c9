"""Rows of a CSV file (RFC 4180, any of the usual separators), read line by line with a limit on each."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

from throughline_cli.lead_files.faults import FileRefused
from throughline_cli.lead_files.limits import Limits

SEPARATORS: Final = (",", ";", "\t", "|")


def separator_of(text: TextIO, limits: Limits, path: Path) -> str:
    """The separator that parts the first line into the most cells; a comma where none parts it."""
    first = next(_lines(text, limits, path), "")
    counts = {separator: len(next(csv.reader([first], delimiter=separator), [])) for separator in SEPARATORS}
    return max(SEPARATORS, key=lambda separator: counts[separator])


def csv_rows(text: TextIO, separator: str, limits: Limits, path: Path) -> Iterator[list[str]]:
    """All rows that are not blank, the header among them.

    Quotes must be closed: a file where one is not would be read as something else from there on.

    Raises:
        FileRefused: LINE_TOO_LONG, CELL_TOO_LONG, MALFORMED, each with the number of the line.
    """
    csv.field_size_limit(limits.cell_chars)
    reader = csv.reader(_lines(text, limits, path), delimiter=separator, strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = "CELL_TOO_LONG" if "field limit" in str(error) else "MALFORMED"
            values = {"line": reader.line_num, "limit": limits.cell_chars, "cause": error}
            raise FileRefused(reason, path, **values) from error
        if any(cell and not cell.isspace() for cell in row):
            yield row


def _lines(text: TextIO, limits: Limits, path: Path) -> Iterator[str]:
    number = 0
    while line := text.readline(limits.line_chars + 1):
        number += 1
        if len(line) > limits.line_chars:
            raise FileRefused("LINE_TOO_LONG", path, line=number, limit=limits.line_chars)
        yield line
