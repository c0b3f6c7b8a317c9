"""Points for bins: logistic regression with a penalty that knows what a bin is.

Neighbouring ranges of a number are pulled towards one another, answers towards the average lead. That is a generalised
additive model with piecewise constant terms (Eilers & Marx, 1996, with splines of degree 0), fitted by Newton's method.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scoring.domain.training.bins import Bins, NumberBins
from scoring.domain.training.example import FloatArray, IntArray

_ROWS_AT_ONCE = 4096
_MOST_STEPS = 50
_SMALL = 1e-7


@dataclass(frozen=True, slots=True)
class Penalty:
    """How strongly points are held back; 0 would let every bin say what its few leads say."""

    strength: float
    """Of an answer towards the average, and twice that between neighbouring ranges."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Log-odds: `base` and for each field its `points` by bin."""

    base: float
    points: tuple[FloatArray, ...]

    def log_odds(self, places: IntArray) -> FloatArray:
        """Of each row, from its bins, shape (rows, fields)."""
        parts = [points[places[:, field]] for field, points in enumerate(self.points)]
        total: FloatArray = self.base + np.sum(parts, axis=0) if parts else np.full(len(places), self.base)
        return total

    def centred(self, places: IntArray, weight: FloatArray) -> "Fit":
        """The same function with points that are 0 for the average of these rows."""
        means = [
            float(np.average(points[places[:, field]], weights=weight)) for field, points in enumerate(self.points)
        ]
        return Fit(
            self.base + sum(means), tuple(points - mean for points, mean in zip(self.points, means, strict=True))
        )

    def stretched(self, slope: float, shift: float) -> "Fit":
        """The same order of leads after a calibration of the log-odds."""
        return Fit(self.base * slope + shift, tuple(points * slope for points in self.points))


def fit_points(bins: Sequence[Bins], places: IntArray, won: FloatArray, weight: FloatArray, penalty: Penalty) -> Fit:
    """The points that fit best under the penalty.

    Args:
        bins: of each field.
        places: shape (rows, fields), the bin of each row in each field.
        won: shape (rows,), in [0, 1], not all alike.
        weight: shape (rows,), positive.
        penalty: how strongly points are held back.
    """
    starts = np.concatenate([[1], 1 + np.cumsum([one.size for one in bins])]).astype(np.int64)
    held_back = _penalty_matrix(bins, starts, penalty)
    share = float(np.average(won, weights=weight))
    points = np.zeros(int(starts[-1]))
    points[0] = np.log(share / (1 - share))
    columns = places + starts[:-1]
    for _ in range(_MOST_STEPS):
        slope, curve = _derivatives(points, columns, won, weight)
        step = np.linalg.solve(curve + held_back, slope - held_back @ points)
        step *= min(1.0, 4.0 / max(float(np.abs(step).max()), _SMALL))
        points = points + step
        if float(np.abs(step).max()) < _SMALL:
            break
    return Fit(float(points[0]), tuple(points[start:end] for start, end in pairwise(starts)))


def fit_calibration(log_odds: FloatArray, won: FloatArray, weight: FloatArray) -> tuple[float, float]:
    """Slope and shift that make log-odds of leads unseen by their model say what happened (Platt, 1999)."""
    slope, shift = 1.0, 0.0
    for _ in range(_MOST_STEPS):
        chance = 1 / (1 + np.exp(-(slope * log_odds + shift)))
        missed, spread = weight * (won - chance), weight * chance * (1 - chance) + _SMALL
        gradient = np.array([missed @ log_odds, missed.sum()])
        cross = spread @ log_odds
        curve = np.array([[spread @ log_odds**2, cross], [cross, spread.sum()]])
        step = np.linalg.solve(curve + _SMALL * np.eye(2), gradient)
        slope, shift = slope + float(step[0]), shift + float(step[1])
        if float(np.abs(step).max()) < _SMALL:
            break
    return slope, shift


def _derivatives(
    points: FloatArray, columns: IntArray, won: FloatArray, weight: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Gradient and negative Hessian of the log-likelihood, a few thousand rows at a time so that memory stays small."""
    slope, curve = np.zeros(len(points)), np.zeros((len(points), len(points)))
    for start in range(0, len(columns), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        table = np.zeros((len(columns[rows]), len(points)))
        table[:, 0] = 1
        np.put_along_axis(table, columns[rows], 1.0, axis=1)
        chance = 1 / (1 + np.exp(-(table @ points)))
        slope += table.T @ (weight[rows] * (won[rows] - chance))
        curve += (table.T * (weight[rows] * chance * (1 - chance))) @ table
    return slope, curve


def _penalty_matrix(bins: Sequence[Bins], starts: IntArray, penalty: Penalty) -> FloatArray:
    matrix = np.zeros((int(starts[-1]), int(starts[-1])))
    for one, start in zip(bins, starts[:-1].tolist(), strict=True):
        own = np.eye(one.size) * penalty.strength
        if isinstance(one, NumberBins):
            differences = np.diff(np.eye(one.size - 1), axis=0)
            own = np.eye(one.size) * penalty.strength / 20
            own[:-1, :-1] += 2 * penalty.strength * differences.T @ differences
        matrix[start : start + one.size, start : start + one.size] = own
    return matrix
