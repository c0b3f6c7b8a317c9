"""The nightly job that turns outcomes into lifts: observed over expected wins, shrunk in three steps.

    Lclass = (W_k + 10·s_k·T) / (E_k + 10)                    s_k: the policy's starting value of class k
    Lrep   = (W_r + m_r) / (E_r·Lclass + m_r)                 E_r·Lclass: each cell's E times its class lift, summed
    Lcell  = (W_rs + m_s) / (E_rs·Lclass·Lrep + m_s)

W counts wins, E sums lead score × g at the actual delay over the same closed leads, so nobody suffers for hard leads.
T is the team's own W/E with the same pseudo-evidence, so that classes never seen move with those that were. Floats
live here and nowhere in a decision: what is published is rounded to parts per million.

Source: shrinkage towards a prior by moments, DerSimonian and Laird (1986), as in Robinson, varianceexplained.org.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from lead_router.domain.ids import RepId
from lead_router.domain.routing.fixed_point import MAX_LIFT, MIN_LIFT, PPM, bounded
from lead_router.domain.routing.policy import Lifts
from lead_router.domain.routing.profile_match import CLASSES
from lead_router.domain.routing.skill import SkillTable, starting_lifts

_Key = TypeVar("_Key")
LEAST_PRIOR, MOST_PRIOR = 4.0, 200.0
"""Bounds of m_r and m_s, in expected wins."""
_LEAST_EXPECTED = 0.001


class Level(StrEnum):
    """How far down the lifts go. Each level needs those above it."""

    CLASS = "class"
    REP = "rep"
    CELL = "cell"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Closed leads of one rep in one segment and class: wins and expected wins, both faded to the night of the job."""

    rep_id: RepId
    segment: str
    class_index: int
    wins: float
    expected: float


def fade(days: float, half_life_days: int) -> float:
    """Factor by which evidence of that age counts, in (0, 1]."""
    factor: float = 0.5 ** (days / half_life_days)
    return factor


def publish_skill(evidence: Sequence[Evidence], lifts: Lifts, *, version: int, level: Level) -> SkillTable:
    """The lifts down to `level`; everything below stands at one whole."""
    by_class = tuple(_ppm(lift) for lift in _class_lifts(evidence, lifts))
    if level is Level.CLASS:
        return SkillTable(version, by_class)
    by_rep = {rep: _ppm(lift) for rep, lift in _rep_lifts(evidence, by_class).items()}
    if level is Level.REP:
        return SkillTable(version, by_class, by_rep)
    by_cell = {cell: _ppm(lift) for cell, lift in _cell_lifts(evidence, by_class, by_rep).items()}
    return SkillTable(version, by_class, by_rep, by_cell)


def prior_by_moments(units: Iterable[tuple[float, float]]) -> float:
    """How many expected wins the common mean is worth for one unit, in [4, 200].

    Args:
        units: wins W and expectation x of each; those with next to no expectation are left out.
    Returns:
        m = ō/τ², with τ² by moments; 200 where the units differ no more than chance would make them.
    """
    counted = [(wins, expected) for wins, expected in units if expected >= _LEAST_EXPECTED]
    if len(counted) < 2:
        return MOST_PRIOR
    total = sum(expected for _, expected in counted)
    mean = sum(wins for wins, _ in counted) / total
    spread = sum(expected * (wins / expected - mean) ** 2 for wins, expected in counted)
    scale = total - sum(expected**2 for _, expected in counted) / total
    variance = (spread - (len(counted) - 1)) / scale
    if variance <= 0:
        return MOST_PRIOR
    return min(max(mean / variance, LEAST_PRIOR), MOST_PRIOR)


def _class_lifts(evidence: Sequence[Evidence], lifts: Lifts) -> tuple[float, ...]:
    prior = lifts.class_evidence
    team = _ratio(sum(cell.wins for cell in evidence), sum(cell.expected for cell in evidence), prior)
    wins, expected = [0.0] * CLASSES, [0.0] * CLASSES
    for cell in evidence:
        wins[cell.class_index] += cell.wins
        expected[cell.class_index] += cell.expected
    starts = [start / PPM for start in starting_lifts(lifts)]
    return tuple((wins[k] + prior * starts[k] * team) / (expected[k] + prior) for k in range(CLASSES))


def _rep_lifts(evidence: Sequence[Evidence], by_class: Sequence[int]) -> dict[RepId, float]:
    units = _summed((cell.rep_id, cell.wins, cell.expected * by_class[cell.class_index] / PPM) for cell in evidence)
    prior = prior_by_moments(units.values())
    return {rep: _ratio(wins, expected, prior) for rep, (wins, expected) in units.items()}


def _cell_lifts(
    evidence: Sequence[Evidence], by_class: Sequence[int], by_rep: Mapping[RepId, int]
) -> dict[tuple[RepId, str], float]:
    lift = {(cell.rep_id, cell.class_index): by_class[cell.class_index] * by_rep[cell.rep_id] for cell in evidence}
    units = _summed(
        ((cell.rep_id, cell.segment), cell.wins, cell.expected * lift[cell.rep_id, cell.class_index] / PPM**2)
        for cell in evidence
    )
    prior = prior_by_moments(units.values())
    return {cell: _ratio(wins, expected, prior) for cell, (wins, expected) in units.items()}


def _summed(cells: Iterable[tuple[_Key, float, float]]) -> dict[_Key, tuple[float, float]]:
    sums: dict[_Key, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for key, wins, expected in cells:
        held = sums[key]
        sums[key] = (held[0] + wins, held[1] + expected)
    return sums


def _ratio(wins: float, expected: float, prior: float) -> float:
    return (wins + prior) / (expected + prior)


def _ppm(lift: float) -> int:
    return bounded(round(lift * PPM), MIN_LIFT, MAX_LIFT)
