"""Parts rows into chunks that one request can carry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from throughline_cli.lead_files.submissions import ReadRow

MOST_ROWS: Final = 200
MOST_BYTES: Final = 1024 * 1024
"""Of JSON. The gateway takes four times as much."""


def chunks(
    rows: Iterable[ReadRow], *, most_rows: int = MOST_ROWS, most_bytes: int = MOST_BYTES
) -> Iterator[list[ReadRow]]:
    """The rows in order, so many at a time; a row that is too large by itself goes alone."""
    chunk: list[ReadRow] = []
    size = 0
    for row in rows:
        length = len(json.dumps(row.as_json(), ensure_ascii=False).encode())
        if chunk and (len(chunk) == most_rows or size + length > most_bytes):
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += length
    if chunk:
        yield chunk
