"""A company name taken apart, and the step before: telling its Chinese part from its English part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

_REMARK = re.compile(
    r"\((?:|业务部|总部|筹|筹建|筹备|拟|清算组|托管[^()]*|个人独资|自然人独资|独资|外商独资|外商投资|中外合资|合资|原[^()]*|已?注销|已?吊销|[\d\s]+)\)"
)
_LATIN_WORDS = r"[a-z][a-z0-9&.,'’\-\s]*[a-z0-9.]"
_ENGLISH_BEHIND = re.compile(rf"^(?P<chinese>.*?)[\s(,-]*(?P<english>{_LATIN_WORDS})\W*$", re.DOTALL)
_ENGLISH_BEFORE = re.compile(rf"^\W*(?P<english>{_LATIN_WORDS})[\s,-]*(?P<chinese>[^a-z]+)$")
_OTHER_SIGN = re.compile(r"[^\w\s()&.,'’-]|_")
_LETTERS = re.compile("[a-z]")
# Marks of the stock exchange around a listed short name, without their signs: *ST东园, XD中直, 小米集团-W, 万科A.
_MARKET_MARK = re.compile("^(?:s?st|xd|xr|dr)(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?:[su]?w|[absur])$")


class CompanyName(NamedTuple):
    """The parts of one name in one script. Empty strings and tuples stand for what the name does not say.

    A tuple, since making a frozen dataclass of so many fields costs a fifth of the time of parsing a name.

    Attributes:
        full: the whole name in normal form, without remarks.
        core: brand and trade; what remains when region, form and branch are gone.
        brand: 字号; of an English name its words without blanks between them.
        trade: what the company does, in canonical words (技术 is 科技).
        regions: codes of the regions that the name gives, sorted; see `matching.regions`.
        group: the name says 集团 or 控股.
        legal_form: the legal form, or the ending that stands in its place (医院, 大学).
        branch: the place or kind of a branch; the other parts are then those of the head office.
        branch_city: code of the city where the branch is.
        numbers: figures that tell sister companies apart (一局, 第二, 360), as digits, sorted.
        brand_pinyin: the brand in toneless pinyin without blanks.
        brand_sound: its syllables in fuzzy pinyin.
        trade_sound: the same of the trade.
    """

    full: str
    core: str
    brand: str
    trade: str = ""
    regions: tuple[str, ...] = ()
    group: bool = False
    legal_form: str = ""
    branch: str = ""
    branch_city: str = ""
    numbers: tuple[str, ...] = ()
    brand_pinyin: str = ""
    brand_sound: tuple[str, ...] = ()
    trade_sound: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON keeps; `from_dict` gives the same name back."""
        return {field: list(value) if isinstance(value, tuple) else value for field, value in self._asdict().items()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> CompanyName:
        """Rebuilds what `to_dict` gave.

        Raises:
            TypeError: a field is missing or unknown.
        """
        values: dict[str, Any] = {
            field: tuple(value) if isinstance(value, list) else value for field, value in stored.items()
        }
        return cls(**values)


def without_remarks(text: str) -> str:
    """Drops bracketed remarks (筹), (总部), (个人独资) and bracketed digits, also one inside another."""
    while "(" in text and (shorter := _REMARK.sub("", text)) != text:
        text = shorter
    return text


def without_market_marks(text: str) -> str:
    """Drops what a stock exchange adds to a short name; the marks come and go, the company stays.

    Args:
        text: in the form of `normalise_name_text`.
    """
    return _MARKET_MARK.sub("", text)


def split_scripts(text: str) -> tuple[str, str]:
    """Parts a name that is written twice, as 华为技术有限公司 Huawei Technologies Co., Ltd.

    Letters that belong to a Chinese name stay in it: TCL集团, 北京ABC科技. English behind the Chinese counts as a
    second name from four letters on; before it, only when it has two words, since one word there is mostly the brand.

    Args:
        text: a name in the form of `normalise_text` that has Han characters.
    Returns:
        The Chinese and the English part; the latter is "" when there is none.
    """
    if not _LETTERS.search(text):
        return text, ""
    text = _OTHER_SIGN.sub(" ", text)
    behind = _ENGLISH_BEHIND.match(text)
    if behind and behind["chinese"].strip() and len(_LETTERS.findall(behind["english"])) >= 4:
        return behind["chinese"], behind["english"]
    before = _ENGLISH_BEFORE.match(text)
    if before and len(before["english"].split()) >= 2:
        return before["chinese"], before["english"]
    return text, ""
