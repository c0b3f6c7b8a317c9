"""The city of a record, from whatever stands in its city field."""

from __future__ import annotations

from matching.regions import city_code, english_region, find_all, is_province
from matching.text import has_han, normalise_name_text, normalise_text
from matching.words import word_list

_NO_VALUE = frozenset(word_list("no-value"))


def normalise_city(raw: str) -> str:
    """A place as a code or a word.

    Returns:
        The code of a Chinese city (4403), of a province when no more is said (44), the word itself for places that the
        table does not know, marked with = (`=tokyo`), or "" for nothing. A code comes back as it is.
    """
    if has_han(raw):
        text = normalise_name_text(raw)
        region, _ = find_all(text)
    else:
        text = normalise_text(raw).lstrip("=")
        region = text if text.isdecimal() else english_region(text.replace(" ", "").replace("'", ""))
    if region:
        return city_code(region) or region
    return "" if not text or text in _NO_VALUE else f"={text}"


def same_city(left: str, right: str) -> bool | None:
    """Whether two results of `normalise_city` are one city; None when they do not tell.

    A province agrees with its cities without proving anything; a word outside the table proves only equality.
    """
    if not left or not right:
        return None
    if left == right:
        return None if is_province(left) else True
    is_unknown = left[0] == "=" or right[0] == "="
    return None if is_unknown or left.startswith(right) or right.startswith(left) else False
