"""Reasons in words, Chinese and English, by code: what was said, and by how much it moves the odds."""

import json
from functools import cache
from importlib.resources import files
from math import exp
from typing import Any

from scorecard.card import MICRO, Contribution, ReasonCode

LANGUAGES = ("zh-CN", "en")


def text_of(contribution: Contribution, language: str) -> str:
    """The contribution as a sentence.

    Args:
        contribution: of a score.
        language: one of `LANGUAGES`.
    """
    low, _, high = contribution.detail.partition(" ") if contribution.code is ReasonCode.BETWEEN else ("", "", "")
    text: str = _catalogue()["reasons"][contribution.code.value][language]
    return text.format(
        label=label_of(contribution.field, language),
        detail=contribution.detail,
        low=low,
        high=high,
        odds=f"{exp(contribution.points / MICRO):.2f}",
    )


def label_of(field: str, language: str) -> str:
    """What a field is called; form fields and custom ones by the name that the tenant gave them."""
    catalogue = _catalogue()
    for prefix, texts in catalogue["prefixes"].items():
        if field.startswith(prefix):
            return str(texts[language]).format(name=field.removeprefix(prefix))
    return str(catalogue["labels"].get(field, {}).get(language, field))


@cache
def _catalogue() -> dict[str, Any]:
    catalogue: dict[str, Any] = json.loads(files("scorecard").joinpath("reason_texts.json").read_text("utf-8"))
    return catalogue
