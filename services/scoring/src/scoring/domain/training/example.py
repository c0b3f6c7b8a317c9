"""Leads with their outcome, as training reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Example:
    """One lead as it was when it was captured, and what became of it."""

    fields: Mapping[str, str]
    """Answers by field name, of the moment of capture alone."""
    won: float
    """1 for won, 0 for lost; a person's opinion may lie between."""
    happened_at_s: float | None = None
    """When the lead came, in seconds since 1970; None where nobody knows."""
    row_key: str = ""
    """Rows with one key are the same lead told twice and stay on one side of every split; empty for the answers."""
    weight: float = 1.0
    """How much it counts; 1 for an outcome."""
    is_outcome: bool = True
    """False for an opinion: it teaches, but nothing is judged by it."""

    def to_document(self) -> dict[str, Any]:
        """Plain JSON; `from_document` takes it back."""
        return {name: getattr(self, name) for name in _NAMES} | {"fields": dict(self.fields)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Example":
        return cls(**document)


_NAMES = ("won", "happened_at_s", "row_key", "weight", "is_outcome")


@dataclass(frozen=True, slots=True)
class Examples:
    """Examples with what is asked of them again and again, as columns."""

    rows: Sequence[Example]
    won: FloatArray = field(init=False)
    weight: FloatArray = field(init=False)
    is_outcome: BoolArray = field(init=False)
    group: IntArray = field(init=False)
    """Number of the group of equal rows that each row belongs to, in the order of their first row."""

    def __post_init__(self) -> None:
        numbers: dict[object, int] = {}
        keys = [row.row_key or tuple(sorted(row.fields.items())) for row in self.rows]
        group = [numbers.setdefault(key, len(numbers)) for key in keys]
        object.__setattr__(self, "won", np.array([row.won for row in self.rows], dtype=np.float64))
        object.__setattr__(self, "weight", np.array([row.weight for row in self.rows], dtype=np.float64))
        object.__setattr__(self, "is_outcome", np.array([row.is_outcome for row in self.rows], dtype=np.bool_))
        object.__setattr__(self, "group", np.array(group, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> list[str]:
        """The answers of one field."""
        return [row.fields.get(name, "") for row in self.rows]

    def names(self) -> list[str]:
        """Names of all fields that any row answers, in order."""
        return sorted({name for row in self.rows for name in row.fields})

    def at(self, places: IntArray) -> "Examples":
        """The rows at these places."""
        return Examples([self.rows[place] for place in places.tolist()])
