"""A scorecard: bins of fields, each with points, and the score that they add up to.

Points are whole millionths of log-odds, so that a score is the exact sum of its contributions on every machine. The
calibration is part of the points.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import exp

from scorecard.values import normal_form, number_of

MICRO = 1_000_000
"""Points of one unit of log-odds."""
PPM = 1_000_000
_FARTHEST = 30 * MICRO


class ReasonCode(StrEnum):
    """What a field said, as reasons name it."""

    CHOICE = "CHOICE"
    """An answer that the card knows; the detail is the answer."""
    OTHER_CHOICE = "OTHER_CHOICE"
    """An answer that was rare or unseen in training. The detail is empty: it may be anything that somebody typed."""
    UP_TO = "UP_TO"
    """A number up to the detail."""
    ABOVE = "ABOVE"
    """A number above the detail."""
    BETWEEN = "BETWEEN"
    """A number above the first and up to the second figure of the detail, parted by a blank."""
    MISSING = "MISSING"
    """No answer."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one field adds to the score."""

    field: str
    code: ReasonCode
    detail: str
    points: int
    """In millionths of log-odds, against the average lead of the training: positive raises the chance."""


@dataclass(frozen=True, slots=True)
class NumberField:
    """A field whose answers are numbers, cut into ranges."""

    name: str
    edges: tuple[float, ...]
    """Upper ends of all ranges but the last, each included, rising."""
    points: tuple[int, ...]
    """One more than edges."""
    missing: int
    """Points where there is no number."""

    def contributions(self) -> tuple[Contribution, ...]:
        """One for each range, in their order, and the one for a missing number."""
        ends = [_shown(edge) for edge in self.edges]
        if not ends:
            known = [(ReasonCode.OTHER_CHOICE, "")]
        else:
            between = [(ReasonCode.BETWEEN, f"{low} {high}") for low, high in pairwise(ends)]
            known = [(ReasonCode.UP_TO, ends[0]), *between, (ReasonCode.ABOVE, ends[-1])]
        ranges = [
            Contribution(self.name, code, detail, points)
            for (code, detail), points in zip(known, self.points, strict=True)
        ]
        return (*ranges, Contribution(self.name, ReasonCode.MISSING, "", self.missing))


@dataclass(frozen=True, slots=True)
class ChoiceField:
    """A field whose answers are words."""

    name: str
    points: Mapping[str, int]
    """By answer in its normal form."""
    other: int
    """Points of every answer that is not listed."""
    missing: int


Field = NumberField | ChoiceField


@dataclass(frozen=True, slots=True)
class Score:
    """What a card says of one lead."""

    log_odds: int
    """Base and contributions added up, in millionths."""
    probability_ppm: int
    contributions: tuple[Contribution, ...]
    """One for each field of the card, in the card's order."""

    def strongest(self, most: int) -> list[Contribution]:
        """The contributions that move the score farthest, at most so many, without those that do not move it.

        Of equal ones the card's first comes first.
        """
        moving = [one for one in self.contributions if one.points]
        moving.sort(key=_reach, reverse=True)
        return moving[:most]


class Scorecard:
    """Scores leads in microseconds: every field is one look-up."""

    def __init__(self, base: int, fields: Sequence[Field]) -> None:
        self.base = base
        """Log-odds of the average lead, in millionths."""
        self.fields = tuple(fields)
        self._rules = [_NumberRule(one) if isinstance(one, NumberField) else _ChoiceRule(one) for one in fields]

    def score(self, lead: Mapping[str, str]) -> Score:
        """The score of a lead.

        Args:
            lead: answers by field name, as they were given. Fields that the card does not know are passed over.
        """
        contributions = tuple([rule.contribution(lead.get(rule.name, "")) for rule in self._rules])
        log_odds = self.base + sum([one.points for one in contributions])
        return Score(log_odds, probability_ppm(log_odds), contributions)


def probability_ppm(log_odds: int) -> int:
    """The probability of log-odds in millionths; never quite 0 nor 1, for nothing is certain.

    The nearest of a million steps: coarse enough that mathematical libraries which differ in the last bit agree.
    """
    bounded = max(-_FARTHEST, min(log_odds, _FARTHEST))
    return max(1, min(round(PPM / (1 + exp(-bounded / MICRO))), PPM - 1))


def _reach(contribution: Contribution) -> int:
    return abs(contribution.points)


class _NumberRule:
    def __init__(self, field: NumberField) -> None:
        self.name = field.name
        self._edges = field.edges
        *self._ranges, self._missing = field.contributions()

    def contribution(self, text: str) -> Contribution:
        number = number_of(text)
        return self._missing if number is None else self._ranges[bisect_left(self._edges, number)]


class _ChoiceRule:
    def __init__(self, field: ChoiceField) -> None:
        self.name = field.name
        self._known = {
            answer: Contribution(field.name, ReasonCode.CHOICE, answer, points)
            for answer, points in field.points.items()
        }
        self._other = Contribution(field.name, ReasonCode.OTHER_CHOICE, "", field.other)
        self._missing = Contribution(field.name, ReasonCode.MISSING, "", field.missing)

    def contribution(self, text: str) -> Contribution:
        answer = normal_form(text)
        return self._known.get(answer, self._other) if answer else self._missing


def _shown(edge: float) -> str:
    return repr(edge).removesuffix(".0")
