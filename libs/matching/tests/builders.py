"""Records for tests: each states only what matters."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

from matching.company_name import CompanyName
from matching.identity import Identity, NormalisedIdentity, normalise, parse_company

unhurried = settings(deadline=None)
"""For properties: how long one example takes says nothing on a machine that others use too."""


def a_record(**raw: Any) -> NormalisedIdentity:
    """A prepared record; `phone=` is short for one phone."""
    if "phone" in raw:
        raw["phones"] = (raw.pop("phone"),)
    return normalise(Identity(**raw))


def a_chinese_name(text: str) -> CompanyName:
    name, _ = parse_company(text)
    assert name is not None
    return name


def an_english_name(text: str) -> CompanyName:
    _, name = parse_company(text)
    assert name is not None
    return name
