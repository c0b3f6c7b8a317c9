"""How good probabilities are: order, sharpness, honesty."""

from dataclasses import dataclass

import numpy as np

from scoring.domain.training.example import FloatArray, IntArray

BINS = 10
_CLOSEST = 1e-12


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """One tenth of the leads, by predicted chance: what was predicted and what happened."""

    rows: int
    mean_predicted: float
    share_won: float


@dataclass(frozen=True, slots=True)
class LiftRow:
    """The leads with the highest chances, down to a share of all."""

    top_share: float
    share_won: float
    lift: float
    """Share won among them over the share won among all."""


def auc(chance: FloatArray, won: FloatArray) -> float:
    """Chance that a won lead was ranked above a lost one, ties counted half; 0.5 is a coin.

    Raises:
        ValueError: there are no won or no lost leads.
    """
    is_won = won > 0.5
    wins, losses = int(is_won.sum()), int((~is_won).sum())
    if not wins or not losses:
        raise ValueError("needs won and lost leads")
    _, inverse, counts = np.unique(chance, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[is_won].sum() - wins * (wins + 1) / 2) / (wins * losses))


def log_loss(chance: FloatArray, won: FloatArray) -> float:
    """Mean surprise in nats; always predicting the base rate p scores its entropy."""
    bounded = np.clip(chance, _CLOSEST, 1 - _CLOSEST)
    return float(-(won * np.log(bounded) + (1 - won) * np.log(1 - bounded)).mean())


def brier_score(chance: FloatArray, won: FloatArray) -> float:
    """Mean squared gap between predicted chance and outcome; 0 is perfect (Brier, 1950, the two-class sum halved)."""
    return float(((chance - won) ** 2).mean())


def reliability(chance: FloatArray, won: FloatArray) -> list[ReliabilityBin]:
    """Tenths of the leads by predicted chance, lowest first."""
    return [
        ReliabilityBin(len(part), float(chance[part].mean()), float(won[part].mean()))
        for part in np.array_split(np.argsort(chance, kind="stable"), BINS)
        if len(part)
    ]


def calibration_error(chance: FloatArray, won: FloatArray) -> float:
    """Expected calibration error: the gap between predicted and won over tenths of equal size, weighted by leads."""
    return float(sum(b.rows * abs(b.mean_predicted - b.share_won) for b in reliability(chance, won)) / len(chance))


def calibration_error_of_truth(chance: FloatArray, draws: int = 200, seed: int = 0) -> float:
    """The calibration error that these chances would show on as many leads if every one of them were true.

    With few leads even the truth is off by chance; an error is only to be read beside this one.
    """
    lucky = np.random.default_rng(seed)
    drawn = [calibration_error(chance, (lucky.random(len(chance)) < chance).astype(np.float64)) for _ in range(draws)]
    return float(np.mean(drawn))


def lift(chance: FloatArray, won: FloatArray) -> list[LiftRow]:
    """The best tenth, fifth, third of the leads, and half of them."""
    order: IntArray = np.argsort(-chance, kind="stable")
    overall = float(won.mean())
    rows = []
    for share in (0.1, 0.2, 0.3, 0.5):
        best = float(won[order[: max(1, round(len(order) * share))]].mean())
        rows.append(LiftRow(share, best, best / overall if overall else 0.0))
    return rows
