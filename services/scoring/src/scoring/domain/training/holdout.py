"""Splits: what a model is judged on, it has not seen, neither itself nor as an equal row."""

import numpy as np

from scoring.domain.training.example import BoolArray, Examples, IntArray


def by_time(examples: Examples, share: float) -> tuple[IntArray, IntArray]:
    """The older rows to learn from, and the newest `share` to be judged on.

    Of rows that equal an older one, those that fall into the newer part are left out of it.
    """
    moments = np.array([row.happened_at_s or 0.0 for row in examples.rows])
    order = np.argsort(moments, kind="stable")
    cut = round(len(order) * (1 - share))
    older, newer = order[:cut], order[cut:]
    return older, newer[~np.isin(examples.group[newer], examples.group[older])]


def by_chance(examples: Examples, share: float, seed: int) -> tuple[IntArray, IntArray]:
    """Rows to learn from and about `share` of them to be judged on, equal rows together."""
    held = _drawn(examples.group, share, np.random.default_rng(seed))
    return np.flatnonzero(~held), np.flatnonzero(held)


def has_time(examples: Examples) -> bool:
    """Whether the rows can be parted by time: all of them tell theirs, and it is not always the same."""
    moments = {row.happened_at_s for row in examples.rows}
    return None not in moments and len(moments) > 1


def folds(examples: Examples, count: int, seed: int) -> IntArray:
    """For each row the number of its fold, equal rows in the same one, the folds of about one size."""
    sizes = np.bincount(examples.group)
    order = np.random.default_rng(seed).permutation(len(sizes))
    before = np.cumsum(sizes[order]) - sizes[order]
    of_group = np.empty(len(sizes), dtype=np.int64)
    of_group[order] = before * count // len(examples)
    return of_group[examples.group]


def _drawn(group: IntArray, share: float, chance: np.random.Generator) -> BoolArray:
    sizes = np.bincount(group)
    order = chance.permutation(len(sizes))
    learned = order[: int(np.searchsorted(np.cumsum(sizes[order]), (1 - share) * len(group)))]
    drawn: BoolArray = ~np.isin(group, learned)
    return drawn
