"""Additive scorecards: the chance that a lead is won, as a sum of points with a reason for each.

Pure: no input or output. The way through it:

    card = decode(content)                    # a published artifact, verified down to its golden vectors
    score = card.score({"source": "referral", "form.visits": "4"})
    score.probability_ppm                     # calibrated, in parts per million
    score.contributions                       # their points and the card's base add up to `score.log_odds`
    text_of(score.contributions[0], "zh-CN")
"""

from scorecard.artifact import (
    FORMAT,
    Artifact,
    ArtifactInvalid,
    GoldenVector,
    decode,
    digest,
    encode,
    golden_vectors,
)
from scorecard.card import (
    MICRO,
    PPM,
    ChoiceField,
    Contribution,
    Field,
    NumberField,
    ReasonCode,
    Score,
    Scorecard,
    probability_ppm,
)
from scorecard.reason_texts import LANGUAGES, text_of
from scorecard.values import normal_form, number_of

__all__ = [
    "FORMAT",
    "LANGUAGES",
    "MICRO",
    "PPM",
    "Artifact",
    "ArtifactInvalid",
    "ChoiceField",
    "Contribution",
    "Field",
    "GoldenVector",
    "NumberField",
    "ReasonCode",
    "Score",
    "Scorecard",
    "decode",
    "digest",
    "encode",
    "golden_vectors",
    "normal_form",
    "number_of",
    "probability_ppm",
    "text_of",
]
