"""Taking an English company name apart: legal forms go, places and trades stand apart, the rest is the brand."""

from __future__ import annotations

import re

from matching.company_name import CompanyName, without_remarks
from matching.regions import english_region
from matching.words import pairs, word_list

_JOINED = re.compile(r"[.'’]")
_WORD = re.compile(r"[^\W_]+|&")
_TWO_WORDS = {"hong kong": "hongkong", "inner mongolia": "innermongolia", "xi an": "xian"}
_TWO_WORD_PLACE = re.compile("|".join(_TWO_WORDS))
_FORMS = frozenset(word_list("english-forms"))
_LEGAL_FORMS = _FORMS - {"group", "holdings", "holding", "the", "and", "of", "&"}
_TRADES = pairs("english-trades")
_COUNTRY = frozenset({"china", "chinese", "prc"})


def parse_english(name: str) -> CompanyName | None:
    """Takes a name apart.

    Args:
        name: in the form of `normalise_text`.
    Returns:
        None when the name has no letter or digit.
    """
    words = _words(name)
    if not words:
        return None
    meaningful = [word for word in words if word not in _FORMS] or words
    regions = {word: region for word in meaningful if (region := english_region(word))}
    core = [word for word in meaningful if word not in regions and word not in _COUNTRY]
    if all(word in _TRADES for word in core):
        core = meaningful  # Bank of China, Shanghai Electric: the place is the brand
    brand = [word for word in core if word not in _TRADES] or core[:1]
    trade = [_TRADES[word] for word in core if word in _TRADES and word not in brand]
    return CompanyName(
        full=" ".join(words),
        core="".join(_TRADES.get(word, word) for word in core),
        brand="".join(brand),
        trade=" ".join(trade),
        regions=tuple(sorted(set(regions.values()))),
        group=not {"group", "holdings", "holding"}.isdisjoint(words),
        legal_form=next((word for word in reversed(words) if word in _LEGAL_FORMS), ""),
        numbers=tuple(sorted({word.lstrip("0") or "0" for word in core if word.isdecimal()})),
        brand_pinyin="".join(brand),
    )


def _words(name: str) -> list[str]:
    joined = _TWO_WORD_PLACE.sub(lambda found: _TWO_WORDS[found[0]], _JOINED.sub("", without_remarks(name)))
    return _WORD.findall(joined)
