"""What all reps state about themselves, as rows of truth values: one row for each value anybody asks for."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar, cast

import numpy as np
import numpy.typing as npt

from lead_router.domain.routing.fixed_point import BoolArray, Int64Array

_T = TypeVar("_T")
_Scalar = TypeVar("_Scalar", bound=np.generic)
_MOST_DERIVED = 8
_MOST_ROWS = 4096
"""Rows kept; leads bring values that no rep states, and memory must not grow with them."""


class RepProfiles:
    """Profiles of the reps in roster order. Immutable: a changed rep gives new profiles.

    Rows are made when first asked for and then kept, so that a lead costs look-ups only.
    """

    __slots__ = ("_derived", "_nobody", "_number_columns", "_numbers", "_rows", "_stated", "_tags", "size")

    def __init__(self, tags: Sequence[Mapping[str, frozenset[str]]], numbers: Sequence[Mapping[str, int]]) -> None:
        self._tags = tuple(tags)
        self._numbers = tuple(numbers)
        self._rows: dict[tuple[str, str, object], BoolArray] = {}
        self._number_columns: dict[str, tuple[Int64Array, BoolArray]] = {}
        self._stated: dict[str, frozenset[str]] = {}
        self._derived: dict[Hashable, object] = {}
        self.size = len(self._tags)
        self._nobody = _frozen(np.zeros(self.size, dtype=bool))

    def replaced(self, changes: Iterable[tuple[int, Mapping[str, frozenset[str]], Mapping[str, int]]]) -> "RepProfiles":
        """With other tags and numbers at these positions; the same object where nothing differs."""
        differing = [
            (at, tags, numbers)
            for at, tags, numbers in changes
            if tags != self._tags[at] or numbers != self._numbers[at]
        ]
        if not differing:
            return self
        all_tags, all_numbers = list(self._tags), list(self._numbers)
        for at, tags, numbers in differing:
            all_tags[at], all_numbers[at] = tags, numbers
        return RepProfiles(all_tags, all_numbers)

    def of(self, position: int) -> tuple[Mapping[str, frozenset[str]], Mapping[str, int]]:
        return self._tags[position], self._numbers[position]

    def states(self, attribute: str, value: str) -> BoolArray:
        """Who states this value, among others perhaps."""
        known = self._stated.get(attribute)
        if known is None:
            values = (each for tags in self._tags for each in tags.get(attribute, ()))
            known = self._stated[attribute] = frozenset(values)
        if value not in known:
            return self._nobody
        return self._row("states", attribute, value, lambda stated: value in stated)

    def states_any(self, attribute: str, values: tuple[str, ...]) -> BoolArray | None:
        """Who states at least one of the values; None where nobody does."""
        if not any(self.states(attribute, value) is not self._nobody for value in values):
            return None
        wanted = frozenset(values)
        return self._row("any", attribute, wanted, lambda stated: not wanted.isdisjoint(stated))

    def silent(self, attribute: str) -> BoolArray:
        """Who states nothing here."""
        return self._row("silent", attribute, None, lambda stated: not stated)

    def states_exactly(self, attribute: str, values: frozenset[str]) -> BoolArray:
        """Who states these values and no others."""
        return self._row("exactly", attribute, values, lambda stated: stated == values)

    def states_only(self, attribute: str, values: frozenset[str]) -> BoolArray:
        """Who states something, and nothing but these values."""
        return self._row("only", attribute, values, lambda stated: bool(stated) and stated <= values)

    def key_account_only(self) -> BoolArray:
        """Specialists for key accounts: they state the segment KA and not SMB (LR-17)."""
        return self._row("ka", "segment", None, lambda stated: "KA" in stated and "SMB" not in stated)

    def numbers(self, name: str) -> tuple[Int64Array, BoolArray]:
        """A number of every rep, 0 where it is not known, and where it is known."""
        found = self._number_columns.get(name)
        if found is None:
            known = np.array([name in numbers for numbers in self._numbers], dtype=bool)
            values = np.array([numbers.get(name, 0) for numbers in self._numbers], dtype=np.int64)
            found = self._number_columns[name] = (_frozen(values), _frozen(known))
        return found

    def derived(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """What `make` reckons from these profiles, reckoned once per key and kept as long as they are."""
        kept = self._derived.get(key)
        if kept is None:
            if len(self._derived) >= _MOST_DERIVED:
                self._derived.clear()
            kept = self._derived[key] = make()
        return cast("_T", kept)

    def _row(self, kind: str, attribute: str, value: object, holds: Callable[[frozenset[str]], bool]) -> BoolArray:
        key = (kind, attribute, value)
        row = self._rows.get(key)
        if row is None:
            nothing: frozenset[str] = frozenset()
            row = _frozen(np.array([holds(tags.get(attribute, nothing)) for tags in self._tags], dtype=bool))
            if len(self._rows) >= _MOST_ROWS:
                self._rows.clear()
            self._rows[key] = row
        return row


class ClauseResults:
    """Results of the rep-only expressions, rep by rep in roster order. Immutable, as profiles are.

    They are kept apart from the profiles because an expression over the load changes with every lead.
    """

    __slots__ = ("_columns", "_results")

    def __init__(self, results: Sequence[Mapping[str, bool]]) -> None:
        self._results = tuple(results)
        self._columns: dict[str, BoolArray] = {}

    def replaced(self, changes: Iterable[tuple[int, Mapping[str, bool]]]) -> "ClauseResults":
        """With other results at these positions; the same object where nothing differs."""
        differing = {at: results for at, results in changes if results != self._results[at]}
        if not differing:
            return self
        return ClauseResults([differing.get(at, held) for at, held in enumerate(self._results)])

    def of(self, position: int) -> Mapping[str, bool]:
        return self._results[position]

    def column(self, expression: str) -> BoolArray:
        """For every rep, whether the expression was true; one never evaluated counts as false."""
        column = self._columns.get(expression)
        if column is None:
            column = _frozen(np.array([results.get(expression, False) for results in self._results], dtype=bool))
            self._columns[expression] = column
        return column


def _frozen(column: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
    column.setflags(write=False)
    return column
