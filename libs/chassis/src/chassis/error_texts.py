"""Texts of errors in the languages of the product, by reason.

The placeholders of a text are keys of the error's metadata, as `throughline/common/v1/errors.proto` documents them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Literal, TypeAlias, cast

Locale: TypeAlias = Literal["zh-CN", "en"]

LOCALES: tuple[Locale, ...] = ("zh-CN", "en")
DEFAULT_LOCALE: Locale = "zh-CN"


@cache
def catalogue() -> Mapping[str, Mapping[Locale, str]]:
    """All texts: by reason, then by language."""
    text = resources.files("chassis").joinpath("error_texts.json").read_text(encoding="utf-8")
    return cast("Mapping[str, Mapping[Locale, str]]", json.loads(text))


def text(reason: str, metadata: Mapping[str, str], locale: Locale = DEFAULT_LOCALE) -> str:
    """The sentence for a person; empty where the catalogue has none for the reason.

    A key that the metadata lacks shows as `…`: a text with a hole tells more than none.
    """
    texts = catalogue().get(reason)
    return texts[locale].format_map(_Filled(metadata)) if texts else ""


@lru_cache(maxsize=256)
def chosen_locale(accept_language: str) -> Locale:
    """The best of our languages for an `Accept-Language` header (RFC 9110); Chinese where none fits."""
    wanted = sorted((_weighted(part) for part in accept_language.split(",")), key=lambda tag: -tag[1])
    for tag, weight in wanted:
        primary = tag.split("-")[0].lower()
        for locale in LOCALES:
            if weight > 0 and primary == locale.split("-")[0]:
                return locale
    return DEFAULT_LOCALE


def _weighted(part: str) -> tuple[str, float]:
    tag, _, parameters = part.strip().partition(";")
    _, _, quality = parameters.strip().partition("q=")
    try:
        return tag.strip(), float(quality) if quality else 1.0
    except ValueError:
        return tag.strip(), 0.0


class _Filled(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"
