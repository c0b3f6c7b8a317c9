"""A scorecard as the bytes that are published: canonical JSON, checked as a whole before anybody trusts it.

One card has one spelling, so its SHA-256 names it. Golden vectors, leads with the score that training gave them, travel
inside: who loads a card scores them again and refuses a card that scores otherwise here.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite, nextafter
from typing import Any

from scorecard.card import ChoiceField, Field, NumberField, Scorecard

FORMAT = 1
_MOST_BYTES = 4 * 1024 * 1024
_LARGEST_POINTS = 10**9

_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


class ArtifactInvalid(ValueError):
    """The bytes are no card that may be used. `faults` names everything that is wrong."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults))


@dataclass(frozen=True, slots=True)
class GoldenVector:
    """A lead with the score that training gave it."""

    lead: Mapping[str, str]
    log_odds: int
    probability_ppm: int


@dataclass(frozen=True, slots=True)
class Artifact:
    """A card with what came with it."""

    card: Scorecard
    slope: float
    """By how much calibration stretched the log-odds; already in the points."""
    shift: float
    """By how much calibration moved them then; already in the base."""
    golden: tuple[GoldenVector, ...]


def golden_vectors(card: Scorecard) -> tuple[GoldenVector, ...]:
    """Leads that between them fall into every bin of the card. They are made up, so they hold nobody's data."""
    answers = {field.name: _answers(field) for field in card.fields}
    count = max((len(given) for given in answers.values()), default=1)
    leads = [{name: given[at % len(given)] for name, given in answers.items()} for at in range(count)]
    return tuple(_golden(card, lead) for lead in leads)


def encode(card: Scorecard, *, slope: float = 1.0, shift: float = 0.0) -> bytes:
    """The card as it is published, with golden vectors that touch every bin of it."""
    document = {
        "format": FORMAT,
        "base": card.base,
        "calibration": {"slope": slope, "shift": shift},
        "fields": [_field_document(field) for field in card.fields],
        "golden": [
            {"lead": dict(one.lead), "log_odds": one.log_odds, "probability_ppm": one.probability_ppm}
            for one in golden_vectors(card)
        ],
    }
    return _ENCODER.encode(document).encode()


def digest(content: bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(content).hexdigest()


def decode(content: bytes, *, sha256: str | None = None) -> Artifact:
    """The card that `encode` wrote.

    Args:
        content: the bytes.
        sha256: which bytes were announced; None where nobody did.
    Raises:
        ArtifactInvalid: other bytes, another format, a faulty field, or golden vectors that score otherwise here.
    """
    if len(content) > _MOST_BYTES:
        raise ArtifactInvalid([f"larger than {_MOST_BYTES} bytes"])
    if sha256 is not None and digest(content) != sha256:
        raise ArtifactInvalid([f"SHA-256 is {digest(content)}, announced was {sha256}"])
    try:
        document = json.loads(content)
    except ValueError as error:
        raise ArtifactInvalid(["no JSON"]) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ArtifactInvalid([f"not of format {FORMAT}"])
    try:
        artifact = _artifact(document)
    except (KeyError, TypeError, AttributeError) as error:
        raise ArtifactInvalid([f"not the shape of a card: {error}"]) from error
    if faults := [*_card_faults(artifact.card), *_golden_faults(artifact)]:
        raise ArtifactInvalid(faults)
    if _ENCODER.encode(document).encode() != content:
        raise ArtifactInvalid(["not in canonical spelling"])
    return artifact


def _artifact(document: Mapping[str, Any]) -> Artifact:
    card = Scorecard(document["base"], [_field(one) for one in document["fields"]])
    golden = [GoldenVector(dict(one["lead"]), one["log_odds"], one["probability_ppm"]) for one in document["golden"]]
    calibration = document["calibration"]
    return Artifact(card, float(calibration["slope"]), float(calibration["shift"]), tuple(golden))


def _field(document: Mapping[str, Any]) -> Field:
    name, points, missing = str(document["name"]), document["points"], document["missing"]
    if document["kind"] == "number":
        edges, ranges = tuple(map(float, document["edges"])), tuple(points)
        if len(ranges) != len(edges) + 1:
            raise ArtifactInvalid([f"{name}: {len(edges)} edges need {len(edges) + 1} points, not {len(ranges)}"])
        return NumberField(name, edges, ranges, missing)
    if document["kind"] == "choice":
        return ChoiceField(name, {str(answer): one for answer, one in points.items()}, document["other"], missing)
    raise ArtifactInvalid([f"{name}: unknown kind {document['kind']!r}"])


def _field_document(field: Field) -> dict[str, Any]:
    if isinstance(field, NumberField):
        return {
            "kind": "number",
            "name": field.name,
            "edges": list(field.edges),
            "points": list(field.points),
            "missing": field.missing,
        }
    return {
        "kind": "choice",
        "name": field.name,
        "points": dict(field.points),
        "other": field.other,
        "missing": field.missing,
    }


def _card_faults(card: Scorecard) -> list[str]:
    faults = [] if _is_points(card.base) else ["base is no whole number of points"]
    names = [field.name for field in card.fields]
    faults += [f"{name} stands twice" for name in sorted({name for name in names if names.count(name) > 1})]
    for field in card.fields:
        known: Sequence[object] = [*field.points] if isinstance(field, NumberField) else [*field.points.values()]
        others = [field.missing] if isinstance(field, NumberField) else [field.missing, field.other]
        if not all(_is_points(one) for one in [*known, *others]):
            faults.append(f"{field.name}: points are no whole numbers within ±{_LARGEST_POINTS}")
        if isinstance(field, NumberField) and not _rises(field.edges):
            faults.append(f"{field.name}: edges do not rise")
    return faults


def _golden_faults(artifact: Artifact) -> list[str]:
    if not artifact.golden:
        return ["no golden vectors"]
    found = [_golden(artifact.card, one.lead) for one in artifact.golden]
    return [
        f"golden vector {at}: {here.log_odds} and {here.probability_ppm} ppm here,"
        f" {told.log_odds} and {told.probability_ppm} ppm in training"
        for at, (told, here) in enumerate(zip(artifact.golden, found, strict=True))
        if (told.log_odds, told.probability_ppm) != (here.log_odds, here.probability_ppm)
    ]


def _golden(card: Scorecard, lead: Mapping[str, str]) -> GoldenVector:
    score = card.score(lead)
    return GoldenVector(lead, score.log_odds, score.probability_ppm)


def _answers(field: Field) -> list[str]:
    """An answer for each bin of the field."""
    if isinstance(field, ChoiceField):
        return [*sorted(field.points), "\N{WHITE SQUARE}", ""]
    above = nextafter(field.edges[-1], inf) if field.edges else 0.0
    return [*map(repr, field.edges), repr(above), ""]


def _is_points(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST_POINTS


def _rises(edges: Sequence[float]) -> bool:
    return all(isfinite(edge) for edge in edges) and all(a < b for a, b in pairwise(edges))
