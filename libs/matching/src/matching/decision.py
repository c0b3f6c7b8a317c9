"""Join, suggest or new: what becomes of a record, given the leads that share a key with it.

A wrong join gives a customer to the wrong rep and mixes two histories; a missed one is found again as a suggestion. So
a join needs much, and eight rules forbid it whatever the score.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from matching.context import NOTHING_KNOWN, MatchContext
from matching.identity import NORM_VERSION, NormalisedIdentity
from matching.likeness import ALMOST, NAME_LEVELS, UNLIKE
from matching.points import DEFAULT_POINTS, Points, ReasonCode
from matching.scoring import Comparison, compare

_PERSONAL: Final = frozenset({ReasonCode.MOBILE_EQUAL, ReasonCode.EMAIL_EQUAL})
_STRONG: Final = _PERSONAL | {ReasonCode.CREDIT_CODE_EQUAL}
_EVIDENCE: Final = _STRONG | {
    ReasonCode.LANDLINE_EQUAL,
    ReasonCode.EMAIL_ROLE_EQUAL,
    ReasonCode.DOMAIN_EQUAL,
    ReasonCode.PERSON_EQUAL,
    ReasonCode.PERSON_HOMOPHONE,
    ReasonCode.PERSON_SURNAME,
}
_SAME_HOUSE: Final = frozenset(
    {ReasonCode.DOMAIN_EQUAL, ReasonCode.EMAIL_EQUAL, ReasonCode.EMAIL_ROLE_EQUAL, ReasonCode.LANDLINE_EQUAL}
)
_TELLING: Final = _STRONG | _SAME_HOUSE | {ReasonCode.BRANCH_DIFFERS, ReasonCode.EXTERNAL_ID_EQUAL}


class Outcome(StrEnum):
    """What becomes of the record."""

    JOIN = "JOIN"
    SUGGEST = "SUGGEST"
    NEW = "NEW"


class JoinRule(StrEnum):
    """What forbids a join with a lead."""

    CREDIT_CODES_DIFFER = "CREDIT_CODES_DIFFER"
    BRANCH_DIFFERS = "BRANCH_DIFFERS"
    NUMBERS_DIFFER = "NUMBERS_DIFFER"
    REGIONS_CONFLICT = "REGIONS_CONFLICT"
    NAMES_DISAGREE = "NAMES_DISAGREE"
    NAME_ALONE_ALMOST = "NAME_ALONE_ALMOST"
    NO_COMPANY = "NO_COMPANY"
    NOT_SAME = "NOT_SAME"


_EVERY_RECORD: Final = (
    (ReasonCode.CREDIT_CODE_DIFFERENT, JoinRule.CREDIT_CODES_DIFFER),
    (ReasonCode.BRANCH_DIFFERS, JoinRule.BRANCH_DIFFERS),
    (ReasonCode.NUMBERS_DIFFER, JoinRule.NUMBERS_DIFFER),
    (ReasonCode.REGION_CONFLICT, JoinRule.REGIONS_CONFLICT),
)


class LinkKind(StrEnum):
    """How two leads that are not one belong together."""

    BRANCH_OF = "branch_of"
    SIBLING = "sibling"
    SAME_PERSON = "same_person"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lead that shares a key with the record.

    Attributes:
        records: all identities that the lead unites; rules are checked against each.
        not_same: a person said that the record belongs to another customer; this is for ever.
    """

    lead_id: str
    records: Sequence[NormalisedIdentity]
    not_same: bool = False


@dataclass(frozen=True, slots=True)
class LeadMatch:
    """How a record and a lead stand to each other.

    Attributes:
        best: comparison with the lead's most similar record; its left side is the new record.
        stopped_by: rules that forbid a join, in alphabetical order.
        links: how the two belong together without being one.
        is_same_record: source and external id are those of one of the lead's records.
        is_shown: as a suggestion, shown at once; otherwise listed quietly.
    """

    lead_id: str
    best: Comparison
    stopped_by: tuple[JoinRule, ...] = ()
    links: tuple[LinkKind, ...] = ()
    is_same_record: bool = False
    is_shown: bool = False

    @property
    def score(self) -> float:
        return self.best.score

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON keeps."""
        return {
            "lead_id": self.lead_id,
            "best": self.best.to_dict(),
            "stopped_by": list(self.stopped_by),
            "links": list(self.links),
            "is_same_record": self.is_same_record,
            "is_shown": self.is_shown,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision on one record.

    Attributes:
        joined: the lead to join; set exactly when the outcome is JOIN.
        suggestions: leads that a person should look at, best first; set exactly when the outcome is SUGGEST.
        linked: all candidates that belong together with the record without being one with it, whatever the outcome.
    """

    outcome: Outcome
    joined: LeadMatch | None
    suggestions: tuple[LeadMatch, ...]
    linked: tuple[LeadMatch, ...]
    policy_version: int
    norm_version: int = NORM_VERSION

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON keeps, for the record of the decision."""
        return {
            "outcome": self.outcome,
            "joined": self.joined.to_dict() if self.joined else None,
            "suggestions": [match.to_dict() for match in self.suggestions],
            "linked": [match.to_dict() for match in self.linked],
            "policy_version": self.policy_version,
            "norm_version": self.norm_version,
        }


def decide(
    new: NormalisedIdentity,
    candidates: Iterable[Candidate],
    points: Points = DEFAULT_POINTS,
    context: MatchContext = NOTHING_KNOWN,
) -> Verdict:
    """Decides on one record; neither the order of candidates nor that of their records matters.

    The same source and external id join at once: the record was sent again, perhaps corrected. Otherwise the best lead
    is joined when its score reaches `join`, no rule forbids it and the next lead is `lead_gap` behind.

    Args:
        new: the record.
        candidates: leads that share a key with it, each once; one without records is passed over.
    """
    assessed = [_Assessed(new, candidate, points, context) for candidate in candidates if candidate.records]
    assessed = [each for each in assessed if each.matters(points)]
    identified = sum(each.is_identified and not each.candidate.not_same for each in assessed)
    matches = [each.match(points, is_unique=identified == 1) for each in assessed]
    matches.sort(key=lambda match: (-match.score, match.lead_id))
    joined = _to_join(matches, points)
    linked = tuple(match for match in matches if match.links and match is not joined)
    if joined is not None:
        return Verdict(Outcome.JOIN, joined, (), linked, points.version)
    suggestions = tuple(match for match in matches if _is_suggestion(match, points))[: points.most_suggestions]
    outcome = Outcome.SUGGEST if suggestions else Outcome.NEW
    return Verdict(outcome, None, suggestions, linked, points.version)


def _to_join(matches: list[LeadMatch], points: Points) -> LeadMatch | None:
    """The one lead to join among matches sorted by score."""
    possible = [match for match in matches if JoinRule.NOT_SAME not in match.stopped_by]
    same_record = [match for match in possible if match.is_same_record]
    if len(same_record) == 1:
        return same_record[0]
    if same_record or not possible or possible[0].stopped_by or possible[0].score < points.join:
        return None
    is_clear = len(possible) == 1 or possible[0].score - possible[1].score >= points.lead_gap
    return possible[0] if is_clear else None


def _is_suggestion(match: LeadMatch, points: Points) -> bool:
    if JoinRule.NOT_SAME in match.stopped_by:
        return False
    return match.is_same_record or match.score >= points.suggest


class _Assessed:
    """A lead with what was found about each of its records."""

    __slots__ = ("candidate", "comparisons", "found")

    def __init__(self, new: NormalisedIdentity, candidate: Candidate, points: Points, context: MatchContext) -> None:
        self.candidate = candidate
        self.comparisons = [compare(new, record, points, context) for record in candidate.records]
        self.found = [comparison.codes for comparison in self.comparisons]

    def matters(self, points: Points) -> bool:
        """False when it can neither be joined, suggested or linked nor stand in another lead's way; most are such."""
        least = min(points.suggest, points.join - points.lead_gap)
        return any(each.score >= least for each in self.comparisons) or any(codes & _TELLING for codes in self.found)

    @property
    def is_identified(self) -> bool:
        """Mobile, personal e-mail or credit code lead here."""
        return any(codes & _STRONG for codes in self.found)

    def match(self, points: Points, *, is_unique: bool) -> LeadMatch:
        stops = set(self._stops(points, is_unique))
        best = max(self.comparisons, key=lambda comparison: (comparison.score, comparison.findings))
        return LeadMatch(
            lead_id=self.candidate.lead_id,
            best=best,
            stopped_by=tuple(sorted(stops)),
            links=tuple(sorted(set(self._links(stops)))),
            is_same_record=any(ReasonCode.EXTERNAL_ID_EQUAL in codes for codes in self.found),
            is_shown=best.score >= points.show,
        )

    def _stops(self, points: Points, is_unique: bool) -> Iterator[JoinRule]:
        for code, rule in _EVERY_RECORD:
            if any(code in codes for codes in self.found):
                yield rule
        if self._names_disagree():
            yield JoinRule.NAMES_DISAGREE
        joining = [codes for each, codes in zip(self.comparisons, self.found, strict=True) if each.score >= points.join]
        if joining and all(codes & ALMOST and not codes & _EVIDENCE for codes in joining):
            yield JoinRule.NAME_ALONE_ALMOST
        if joining and not any(codes & NAME_LEVELS for codes in joining) and not (self.is_identified and is_unique):
            yield JoinRule.NO_COMPANY
        if self.candidate.not_same:
            yield JoinRule.NOT_SAME

    def _names_disagree(self) -> bool:
        """The new name fits none of the lead's names; aliases and former names disagree with each other by nature."""
        named = [codes for codes in self.found if codes & NAME_LEVELS]
        return bool(named) and all(codes & UNLIKE and ReasonCode.CREDIT_CODE_EQUAL not in codes for codes in named)

    def _links(self, stops: set[JoinRule]) -> Iterator[LinkKind]:
        for codes in self.found:
            agrees = not codes & UNLIKE
            if ReasonCode.BRANCH_DIFFERS in codes and agrees:
                yield LinkKind.BRANCH_OF
            is_sister = agrees or ReasonCode.BRAND_OTHER_TRADE in codes
            if ReasonCode.REGION_CONFLICT in codes and is_sister and codes & _SAME_HOUSE:
                yield LinkKind.SIBLING
            if JoinRule.NAMES_DISAGREE in stops and codes & _PERSONAL:
                yield LinkKind.SAME_PERSON
