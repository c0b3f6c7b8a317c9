"""How large a file may be. Each limit is checked while the file streams, so that none costs the memory it forbids."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """The caps of one file.

    Attributes:
        file_bytes: of the file as it lies on the disk.
        unpacked_bytes: of what is packed in it, all together.
        ratio: of unpacked to packed bytes; counts above `ratio_from_bytes`, since a short text may pack well.
        rows: the header not counted.
        columns: of any row.
        cell_chars: of any cell; a spreadsheet program allows 32,767.
        line_chars: of a line of a CSV file.
        part_bytes: of a part of an .xlsx that is read whole (styles, names of the sheets).
        texts, texts_bytes: of the table of texts of an .xlsx, which is kept in memory.
    """

    file_bytes: int = 200 * _MIB
    unpacked_bytes: int = 1024 * _MIB
    ratio: int = 200
    ratio_from_bytes: int = 8 * _MIB
    rows: int = 500_000
    columns: int = 200
    cell_chars: int = 32_767
    line_chars: int = 500_000
    part_bytes: int = 8 * _MIB
    texts: int = 500_000
    texts_bytes: int = 32 * _MIB
