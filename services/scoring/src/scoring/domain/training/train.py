"""Train a lead scorecard: part, cut, choose a penalty, fit, calibrate, judge."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scorecard import MICRO, ChoiceField, Field, NumberField, Scorecard, encode
from scoring.domain.training import holdout, measures
from scoring.domain.training.bins import Bins, NumberBins, cut
from scoring.domain.training.example import Examples, FloatArray, IntArray
from scoring.domain.training.fit import Fit, Penalty, fit_calibration, fit_points
from scoring.domain.training.measures import LiftRow, ReliabilityBin

_FOLDS = 5


class TooLittleData(ValueError):
    """There are not enough won or lost leads to learn from or to judge by; the figures say how many there are."""

    def __init__(self, *, learn_won: int, learn_lost: int, judge_won: int, judge_lost: int, needed: int) -> None:
        self.figures = {
            "learn_won": learn_won,
            "learn_lost": learn_lost,
            "judge_won": judge_won,
            "judge_lost": judge_lost,
            "needed": needed,
        }
        super().__init__(f"too little data: {self.figures}")


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train. The same plan and examples make the same card."""

    least_per_class: int = 100
    """Won and lost leads that there must be to learn from; half as many to judge by."""
    judged_share: float = 0.3
    most_ranges: int = 20
    least_rows: int = 20
    """Leads that must give an answer before it gets points of its own."""
    strengths: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)
    """Penalties to choose from."""
    seed: int = 1
    excluded: frozenset[str] = frozenset()
    """Fields that are not learned from; a card that reads them can still be judged on the same leads."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a card did on leads that it had not seen."""

    rows: int
    won: int
    auc: float
    log_loss: float
    brier_score: float
    base_log_loss: float
    """Of always predicting the share of won leads that was learned from."""
    calibration_error: float
    calibration_error_of_truth: float
    """What perfectly calibrated chances would show on as many leads."""
    reliability: Sequence[ReliabilityBin]
    lift: Sequence[LiftRow]


@dataclass(frozen=True, slots=True)
class Trained:
    """A card and how it was judged."""

    content: bytes
    """The artifact."""
    card: Scorecard
    learned_rows: int
    learned_won: int
    opinions: int
    """Rows among those learned from that are opinions of people."""
    strength: float
    slope: float
    shift: float
    is_by_time: bool
    """Whether the judged leads are the newest, rather than drawn by chance."""
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Split:
    """Places of the rows to learn from and of those to be judged on."""

    learn: IntArray
    judge: IntArray
    is_by_time: bool


def split(examples: Examples, plan: Plan) -> Split:
    """The newest leads to be judged on where all tell their time, else some drawn by chance."""
    if holdout.has_time(examples):
        return Split(*holdout.by_time(examples, plan.judged_share), is_by_time=True)
    return Split(*holdout.by_chance(examples, plan.judged_share, plan.seed), is_by_time=False)


def train(examples: Examples, plan: Plan) -> Trained:
    """A card from the leads to learn from, judged on the others.

    Raises:
        TooLittleData: with figures.
    """
    parts = split(examples, plan)
    return train_on(examples, parts.learn, parts.judge, plan, is_by_time=parts.is_by_time)


def train_on(examples: Examples, learn: IntArray, judge: IntArray, plan: Plan, *, is_by_time: bool = False) -> Trained:
    """A card from the rows at some places, judged on those at others.

    Raises:
        TooLittleData: with figures.
    """
    judge = judge[examples.is_outcome[judge]]
    _require_enough(examples, learn, judge, plan.least_per_class)
    learned = examples.at(learn)
    bins = cut(learned, most_ranges=plan.most_ranges, least_rows=plan.least_rows, excluded=plan.excluded)
    places = _places(bins, learned)
    strength, unseen = _chosen(bins, places, learned, plan)
    is_outcome = learned.is_outcome
    slope, shift = fit_calibration(unseen[is_outcome], learned.won[is_outcome], learned.weight[is_outcome])
    fit = fit_points(bins, places, learned.won, learned.weight, Penalty(strength))
    card = _card(bins, fit.stretched(slope, shift).centred(places, learned.weight))
    return Trained(
        content=encode(card, slope=slope, shift=shift),
        card=card,
        learned_rows=len(learned),
        learned_won=int((learned.won[is_outcome] > 0.5).sum()),
        opinions=int((~is_outcome).sum()),
        strength=strength,
        slope=slope,
        shift=shift,
        is_by_time=is_by_time,
        judgement=judged(card, examples.at(judge), base_rate=float(learned.won[is_outcome].mean())),
    )


def judged(card: Scorecard, examples: Examples, *, base_rate: float) -> Judgement:
    """How a card does on these leads: the very scores that the router would give them."""
    chance = np.array([card.score(row.fields).probability_ppm / 1e6 for row in examples.rows])
    won = examples.won
    return Judgement(
        rows=len(examples),
        won=int(won.sum()),
        auc=measures.auc(chance, won),
        log_loss=measures.log_loss(chance, won),
        brier_score=measures.brier_score(chance, won),
        base_log_loss=measures.log_loss(np.full(len(won), base_rate), won),
        calibration_error=measures.calibration_error(chance, won),
        calibration_error_of_truth=measures.calibration_error_of_truth(chance),
        reliability=measures.reliability(chance, won),
        lift=measures.lift(chance, won),
    )


def _require_enough(examples: Examples, learn: IntArray, judge: IntArray, needed: int) -> None:
    outcomes = learn[examples.is_outcome[learn]]
    learn_won, judge_won = int(examples.won[outcomes].sum()), int(examples.won[judge].sum())
    learn_lost, judge_lost = len(outcomes) - learn_won, len(judge) - judge_won
    if min(learn_won, learn_lost) < needed or 2 * min(judge_won, judge_lost) < needed:
        raise TooLittleData(
            learn_won=learn_won, learn_lost=learn_lost, judge_won=judge_won, judge_lost=judge_lost, needed=needed
        )


def _places(bins: Sequence[Bins], examples: Examples) -> IntArray:
    if not bins:
        return np.zeros((len(examples), 0), dtype=np.int64)
    return np.stack([one.places(examples) for one in bins], axis=1)


def _chosen(bins: Sequence[Bins], places: IntArray, learned: Examples, plan: Plan) -> tuple[float, FloatArray]:
    """The penalty that predicts unseen leads best, and the log-odds that each lead got from a fit without it."""
    fold = holdout.folds(learned, _FOLDS, plan.seed)
    tried = []
    for strength in plan.strengths:
        unseen = np.zeros(len(learned))
        for number in range(_FOLDS):
            rest, left_out = fold != number, fold == number
            fit = fit_points(bins, places[rest], learned.won[rest], learned.weight[rest], Penalty(strength))
            unseen[left_out] = fit.log_odds(places[left_out])
        chance = 1 / (1 + np.exp(-unseen[learned.is_outcome]))
        tried.append((measures.log_loss(chance, learned.won[learned.is_outcome]), strength, unseen))
    _, strength, unseen = min(tried, key=lambda one: one[0])
    return strength, unseen


def _card(bins: Sequence[Bins], fit: Fit) -> Scorecard:
    fields = [_field(one, points) for one, points in zip(bins, fit.points, strict=True)]
    return Scorecard(round(fit.base * MICRO), fields)


def _field(bins: Bins, points: FloatArray) -> Field:
    whole = [round(float(point) * MICRO) for point in points]
    if isinstance(bins, NumberBins):
        return NumberField(bins.name, bins.edges, tuple(whole[:-1]), whole[-1])
    *known, other, missing = whole
    return ChoiceField(bins.name, dict(zip(bins.answers, known, strict=True)), other, missing)
