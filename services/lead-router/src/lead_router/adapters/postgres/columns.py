"""Rows as columns: a statement that unnests one array per column writes a whole batch at once."""

from collections.abc import Mapping, Sequence
from typing import Any


def columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The rows, at least one and all with the same names, as one list per name."""
    return {name: [row[name] for row in rows] for name in rows[0]}
