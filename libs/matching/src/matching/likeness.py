"""How alike two company names are: the one level of the scoring table that fits best."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from rapidfuzz.distance import OSA, Indel

from matching.company_name import CompanyName
from matching.identity import NormalisedIdentity
from matching.points import ReasonCode

NAME_LEVELS: Final = frozenset(list(ReasonCode)[1 : list(ReasonCode).index(ReasonCode.NAME_UNLIKE) + 1])
"""All levels: a comparison of two records with companies has exactly one of them."""

UNLIKE: Final = frozenset({ReasonCode.NAME_UNLIKE, ReasonCode.BRAND_OTHER_TRADE, ReasonCode.HOMOPHONE_OTHER_TRADE})
"""Levels at which the names do not agree: two companies, whatever else is equal."""

SAME_CORE: Final = frozenset({ReasonCode.CORE_EQUAL, ReasonCode.CORE_HOMOPHONE})
HOMOPHONE_BRAND: Final = frozenset(
    {
        ReasonCode.HOMOPHONE_TRADE_PREFIX,
        ReasonCode.HOMOPHONE_TRADE_TYPO,
        ReasonCode.HOMOPHONE_TRADE_MISSING,
        ReasonCode.HOMOPHONE_OTHER_TRADE,
    }
)
ALMOST: Final = frozenset(
    {
        ReasonCode.CORE_HOMOPHONE,
        ReasonCode.CORE_ONE_EDIT,
        ReasonCode.CORE_ONE_EDIT_LONG_BRAND,
        ReasonCode.HOMOPHONE_TRADE_PREFIX,
        ReasonCode.HOMOPHONE_TRADE_TYPO,
        ReasonCode.HOMOPHONE_TRADE_MISSING,
        ReasonCode.BRAND_ONE_EDIT,
        ReasonCode.BRAND_SWAPPED,
        ReasonCode.BRAND_CONTAINED,
        ReasonCode.BRAND_ABBREVIATED,
    }
)
"""Levels that never prove identity without contact evidence: one registered name in 27 shares region and sound with
another company."""

_SHORTEST_EDITED_CORE = 4
_SHORTEST_EDITED_BRAND = 3
_SHORTEST_EDITED_TRADE = 3
_SHORTEST_ABBREVIATION = 3
_FUZZY_CHINESE = 0.7  # of Indel similarity, both cores of four characters or more
_FUZZY_ENGLISH = 0.85  # the same, of five letters or more
_SHORTEST_FUZZY_ENGLISH = 5


class _Trades(Enum):
    """How the trades of two names stand to each other."""

    SAME = auto()
    PREFIX = auto()
    TYPO = auto()
    MISSING = auto()
    OTHER = auto()


_EQUAL_BRAND = {
    _Trades.PREFIX: ReasonCode.BRAND_TRADE_PREFIX,
    _Trades.TYPO: ReasonCode.BRAND_TRADE_TYPO,
    _Trades.MISSING: ReasonCode.BRAND_TRADE_MISSING,
    _Trades.OTHER: ReasonCode.BRAND_OTHER_TRADE,
}
_EQUAL_SOUND = {
    _Trades.SAME: ReasonCode.CORE_HOMOPHONE,
    _Trades.PREFIX: ReasonCode.HOMOPHONE_TRADE_PREFIX,
    _Trades.TYPO: ReasonCode.HOMOPHONE_TRADE_TYPO,
    _Trades.MISSING: ReasonCode.HOMOPHONE_TRADE_MISSING,
    _Trades.OTHER: ReasonCode.HOMOPHONE_OTHER_TRADE,
}


def compare_names(
    left: NormalisedIdentity, right: NormalisedIdentity
) -> tuple[ReasonCode, CompanyName, CompanyName] | None:
    """The level of likeness and the two names that reached it; None when a record has no company.

    Chinese is compared with Chinese where both have it, else English with English, else one with the other's sound.
    """
    if left.chinese and right.chinese:
        level = chinese_likeness(left.chinese, right.chinese)
        if level is ReasonCode.NAME_UNLIKE and left.english and right.english and _same_english(left, right):
            return ReasonCode.ENGLISH_EQUAL, left.english, right.english
        return level, left.chinese, right.chinese
    if left.english and right.english:
        return english_likeness(left.english, right.english), left.english, right.english
    one, other = left.chinese or left.english, right.chinese or right.english
    if one is None or other is None:
        return None
    romanised = (one.brand_pinyin or one.brand) == (other.brand_pinyin or other.brand)
    return ReasonCode.NAME_ROMANISED if romanised else ReasonCode.NAME_UNLIKE, one, other


def _same_english(left: NormalisedIdentity, right: NormalisedIdentity) -> bool:
    return left.english is not None and right.english is not None and left.english.core == right.english.core


def chinese_likeness(one: CompanyName, other: CompanyName) -> ReasonCode:
    """The level of two Chinese names, the strictest first."""
    if one.full == other.full:
        return ReasonCode.NAME_FULL
    if one.core == other.core:
        return ReasonCode.CORE_EQUAL
    if one.brand == other.brand:
        return _EQUAL_BRAND[_compare_trades(one, other)]
    if one.brand_sound == other.brand_sound:
        return _EQUAL_SOUND[_compare_trades(one, other)]
    shorter, longer = (one, other) if len(one.core) <= len(other.core) else (other, one)
    if len(shorter.core) >= _SHORTEST_EDITED_CORE and _one_edit(one.core, other.core):
        long_brand = min(len(one.brand), len(other.brand)) >= _SHORTEST_EDITED_BRAND
        return ReasonCode.CORE_ONE_EDIT_LONG_BRAND if long_brand else ReasonCode.CORE_ONE_EDIT
    return _brand_likeness(one, other) or _core_likeness(shorter, longer)


def _brand_likeness(one: CompanyName, other: CompanyName) -> ReasonCode | None:
    """Brands that are almost the same, as long as the trades may be the same."""
    shorter, longer = _by_length(one.brand, other.brand)
    if shorter in longer:
        level = ReasonCode.BRAND_CONTAINED
    elif len(shorter) >= _SHORTEST_EDITED_BRAND and _one_edit(shorter, longer):
        level = ReasonCode.BRAND_ONE_EDIT
    elif len(shorter) == len(longer) and sorted(one.brand_sound) == sorted(other.brand_sound):
        level = ReasonCode.BRAND_SWAPPED
    else:
        return None
    return None if _compare_trades(one, other) is _Trades.OTHER else level


def _core_likeness(shorter: CompanyName, longer: CompanyName) -> ReasonCode:
    """What is left when neither cores nor brands are near: abbreviations, prefixes, a general likeness."""
    if _abbreviates(shorter, longer):
        return ReasonCode.BRAND_ABBREVIATED
    if len(shorter.core) >= _SHORTEST_EDITED_CORE and _similar(shorter.core, longer.core, _FUZZY_CHINESE):
        return ReasonCode.NAME_FUZZY
    return ReasonCode.NAME_PREFIX if longer.core.startswith(shorter.core) else ReasonCode.NAME_UNLIKE


def english_likeness(one: CompanyName, other: CompanyName) -> ReasonCode:
    """The level of two English names, the strictest first."""
    if one.full == other.full:
        return ReasonCode.NAME_FULL
    if one.core == other.core:
        return ReasonCode.ENGLISH_EQUAL
    if one.brand == other.brand:
        return _EQUAL_BRAND.get(_compare_trades(one, other), ReasonCode.ENGLISH_EQUAL)
    shorter, longer = _by_length(one.core, other.core)
    if len(shorter) >= _SHORTEST_FUZZY_ENGLISH and _similar(shorter, longer, _FUZZY_ENGLISH):
        return ReasonCode.NAME_FUZZY
    return ReasonCode.NAME_PREFIX if longer.startswith(shorter) else ReasonCode.NAME_UNLIKE


def _compare_trades(one: CompanyName, other: CompanyName) -> _Trades:
    if one.trade == other.trade:
        return _Trades.SAME
    if not one.trade or not other.trade:
        return _Trades.MISSING
    shorter, longer = _by_length(one.trade, other.trade)
    if longer.startswith(shorter):
        return _Trades.PREFIX
    if longer.endswith(shorter):
        return _Trades.MISSING  # 恒昌科技 for 恒昌电子科技: the telling word is not said
    if len(shorter) >= _SHORTEST_EDITED_TRADE and _one_edit(shorter, longer):
        return _Trades.TYPO
    return _Trades.TYPO if one.trade_sound and one.trade_sound == other.trade_sound else _Trades.OTHER


def _abbreviates(shorter: CompanyName, longer: CompanyName) -> bool:
    """The characters of the shorter core stand in the longer name in their order, and the name begins with the first.

    The region counts, since a short name often keeps a character of it.
    """
    core = shorter.core
    if (
        len(core) < _SHORTEST_ABBREVIATION
        or len(core) >= len(longer.core)
        or core[0] not in longer.full[0] + longer.core[0]
    ):
        return False
    rest = iter(longer.full)
    return all(character in rest for character in core)


def _by_length(one: str, other: str) -> tuple[str, str]:
    return (one, other) if len(one) <= len(other) else (other, one)


def _one_edit(one: str, other: str) -> bool:
    """One character wrong, missing or too many, or two neighbours swapped."""
    return abs(len(one) - len(other)) <= 1 and OSA.distance(one, other, score_cutoff=1) <= 1


def _similar(one: str, other: str, cutoff: float) -> bool:
    return Indel.normalized_similarity(one, other, score_cutoff=cutoff) >= cutoff
