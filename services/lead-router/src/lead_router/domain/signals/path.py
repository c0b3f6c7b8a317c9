"""Which way a lead should go, by its score as of now (LR-05, LR-11)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import exp

from lead_router.domain.lead_record import LeadRecord
from lead_router.domain.routing.decay import reference_decay
from lead_router.domain.routing.fixed_point import PPM
from lead_router.domain.signals.features import SignalFeatures

LEAST_FACTS = 3
"""Answers that move the score, and signals, below which there is too little data to say more."""
_NOW_PCT, _NURTURE_PCT = 100, 40


class Path(StrEnum):
    """Where a lead should go."""

    ROUTE_NOW = "route_now"
    NURTURE = "nurture"
    POOL = "pool"


@dataclass(frozen=True, slots=True)
class Advice:
    """A recommended path and why."""

    path: Path
    because: str
    """Code: `URGENT`, `TOO_LITTLE_DATA`, `ABOVE_AVERAGE`, `NEAR_AVERAGE`, `BELOW_AVERAGE`."""
    chance_now_ppm: int = 0
    """The chance of a win after the time waited for the first answer; 0 where no model scored the lead."""
    kept_ppm: int = PPM
    """Share of the chance that is left after the time waited."""


def advise(lead: LeadRecord, features: SignalFeatures, now: datetime) -> Advice:
    """The path of a lead as of now: urgent ones at once, else by the chance that is left against an average lead's.

    Where there is too little to judge by, a lead is nurtured: neither a rep's hour nor the lead is thrown away.
    """
    touched = lead.clocks.first_touched_at
    waited = max((touched or now) - lead.received_at, timedelta())
    kept = reference_decay().at(waited // timedelta(minutes=1))
    score = lead.score
    chance = score.win_probability_ppm * kept // PPM if score else 0
    if lead.is_urgent:
        return Advice(Path.ROUTE_NOW, "URGENT", chance, kept)
    facts = sum(feature.signals for feature in features.by_subject.values())
    facts += sum(reason.code != "MISSING" for reason in score.reasons) if score else 0
    if score is None or facts < LEAST_FACTS:
        return Advice(Path.NURTURE, "TOO_LITTLE_DATA", chance, kept)
    average = PPM / (1 + exp(-score.base / PPM))
    if chance * 100 >= average * _NOW_PCT:
        return Advice(Path.ROUTE_NOW, "ABOVE_AVERAGE", chance, kept)
    if chance * 100 >= average * _NURTURE_PCT:
        return Advice(Path.NURTURE, "NEAR_AVERAGE", chance, kept)
    return Advice(Path.POOL, "BELOW_AVERAGE", chance, kept)
