"""Cells that a spreadsheet program would run as formulas: an apostrophe in front makes them text."""

from __future__ import annotations

from typing import Final

_QUOTE: Final = "'"
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def neutral(cell: str) -> str:
    """The cell with an apostrophe in front where a spreadsheet program would run it as a formula."""
    return (
        f"{_QUOTE}{cell}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) or cell.startswith(_FORMULA_STARTS) else cell
    )


def without_quote(cell: str) -> str:
    """The cell as it was before `neutral`."""
    return cell[1:] if cell.startswith(_QUOTE) and neutral(cell[1:]) == cell else cell
