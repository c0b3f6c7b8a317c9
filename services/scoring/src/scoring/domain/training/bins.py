"""Fields cut into bins: numbers at their quantiles, words by answer where enough leads gave it."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from scorecard import normal_form, number_of
from scoring.domain.training.example import Examples, FloatArray, IntArray

_MOST_ANSWERS = 60


@dataclass(frozen=True, slots=True)
class NumberBins:
    """Ranges up to and including each edge, one above the last, one for no number."""

    name: str
    edges: tuple[float, ...]

    @property
    def size(self) -> int:
        """How many bins."""
        return len(self.edges) + 2

    def places(self, examples: Examples) -> IntArray:
        """The bin of each row."""
        numbers = [number_of(answer) for answer in examples.column(self.name)]
        known = np.array([number is not None for number in numbers])
        found = np.searchsorted(np.array(self.edges), [number or 0.0 for number in numbers], side="left")
        return np.where(known, found, self.size - 1)


@dataclass(frozen=True, slots=True)
class ChoiceBins:
    """One bin for each answer, one for all others, one for none."""

    name: str
    answers: tuple[str, ...]

    @property
    def size(self) -> int:
        """How many bins."""
        return len(self.answers) + 2

    def places(self, examples: Examples) -> IntArray:
        """The bin of each row."""
        known = {answer: place for place, answer in enumerate(self.answers)} | {"": self.size - 1}
        return np.array([known.get(normal_form(answer), self.size - 2) for answer in examples.column(self.name)])


Bins = NumberBins | ChoiceBins


def cut(examples: Examples, *, most_ranges: int, least_rows: int, excluded: Collection[str] = ()) -> list[Bins]:
    """The bins of all fields that can tell leads apart.

    Args:
        examples: to learn from.
        most_ranges: of one number.
        least_rows: that must give an answer before it gets a bin, so that no single lead can be read from a card.
        excluded: fields to leave out.
    """
    names = [name for name in examples.names() if name not in excluded]
    found = [_cut(name, examples.column(name), most_ranges, least_rows) for name in names]
    return [bins for bins in found if len(np.unique(bins.places(examples))) > 1]


def _cut(name: str, column: list[str], most_ranges: int, least_rows: int) -> Bins:
    answers = Counter(normal_form(answer) for answer in column)
    del answers[""]
    numbers = [number_of(answer) for answer in answers]
    if answers and all(number is not None for number in numbers) and len(set(numbers)) > 2:
        told = [number for answer in column if (number := number_of(answer)) is not None]
        ranges = max(1, min(most_ranges, len(told) // least_rows))
        quantiles: FloatArray = np.quantile(told, np.arange(1, ranges) / ranges, method="lower")
        edges = sorted(set(quantiles.tolist()) - {max(told)})
        return NumberBins(name, tuple(edges))
    common = [answer for answer, rows in answers.most_common(_MOST_ANSWERS) if rows >= least_rows]
    return ChoiceBins(name, tuple(sorted(common)))
