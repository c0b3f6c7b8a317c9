"""How fair the distribution was, shown to everybody (LR-16, N-03). Figures for people, not for decisions."""

from collections.abc import Sequence
from dataclasses import dataclass

from lead_router.domain.ids import RepId

LEAST_HOURS = 40.0
"""Available hours below which a rep's figures say nothing: too little data."""


@dataclass(frozen=True, slots=True)
class RepShare:
    """What one rep got over the span of the report."""

    rep_id: RepId
    worth: int
    """Received, in hundredths."""
    fair_share: int
    """Each day's worth of the group split by the hours that its reps were present, summed; in hundredths."""
    available_hours: float


@dataclass(frozen=True, slots=True)
class GroupFairness:
    jain: float | None
    """(Σx)² / (n·Σx²) of worth over fair share: 1 is even, 1/n is all to one. None with too little data."""
    gini: float | None
    """0 is even, towards 1 is all to one. None with too little data."""
    worth_per_hour: dict[RepId, float | None]
    """In hundredths; None for a rep with too little data."""


def group_fairness(shares: Sequence[RepShare]) -> GroupFairness:
    """The figures of one group. Reps below `LEAST_HOURS` are left out of both indices, and named with None.

    Source: Jain, Chiu, Hawe (1984), DEC TR-301; Gini (1912) in its form over sorted values.
    """
    counted = [share for share in shares if share.available_hours >= LEAST_HOURS and share.fair_share > 0]
    ratios = sorted(share.worth / share.fair_share for share in counted)
    enough = {share.rep_id for share in counted}
    per_hour = {
        share.rep_id: share.worth / share.available_hours if share.rep_id in enough else None for share in shares
    }
    if len(ratios) < 2 or sum(ratios) == 0:
        return GroupFairness(None, None, per_hour)
    return GroupFairness(_jain(ratios), _gini(ratios), per_hour)


def _jain(values: Sequence[float]) -> float:
    return sum(values) ** 2 / (len(values) * sum(value**2 for value in values))


def _gini(ordered: Sequence[float]) -> float:
    count = len(ordered)
    weighted = sum(place * value for place, value in enumerate(ordered, start=1))
    return 2 * weighted / (count * sum(ordered)) - (count + 1) / count
