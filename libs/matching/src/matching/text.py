"""Folding of text: width, case, script and brackets, so that two ways of typing one thing become one string."""

from __future__ import annotations

import re
import unicodedata

import opencc

_OPENING = "【〔《「『〖〈[{"
_CLOSING = "】〕》」』〗〉]}"
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
_KEPT_IN_NAMES = frozenset("()&")
_HAN = re.compile("[\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U000323af]")
_HAN_BLOCKS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x323AF))


_TO_SIMPLIFIED = opencc.OpenCC("t2s")  # type: ignore[attr-defined, no-untyped-call]  # it ships no types


def _simplified(character: str) -> str:
    """One character at a time: converting phrases would let the neighbours change a key."""
    if not any(first <= ord(character) <= last for first, last in _HAN_BLOCKS):
        return character
    converted: str = _TO_SIMPLIFIED.convert(character)
    return converted if converted == character else _simplified(converted)  # 薴 takes two steps


class _Folding(dict[int, str]):
    """A `str.translate` table that fills itself; each entry is already folded, so folding twice changes nothing."""

    def __missing__(self, ordinal: int) -> str:
        folded = self[ordinal] = self.fold(chr(ordinal))
        return folded

    @staticmethod
    def fold(character: str) -> str:
        if character in _INVISIBLE:
            return ""
        if character in _OPENING:
            return "("
        if character in _CLOSING:
            return ")"
        return _simplified(character)


class _NameFolding(_Folding):
    """As above, and everything that is no letter, digit, bracket or & disappears."""

    @staticmethod
    def fold(character: str) -> str:
        folded = _Folding.fold(character)
        return "".join(each for each in folded if each in _KEPT_IN_NAMES or unicodedata.category(each)[0] in "LNM")


_TEXT = _Folding()
_NAME = _NameFolding()


def has_han(text: str) -> bool:
    """True when any character belongs to a script written without blanks: Han, kana or hangul."""
    if text.isascii():
        return False
    # The ranges have unassigned places, which folding takes away.
    return any(found[0].isalnum() for found in _HAN.finditer(unicodedata.normalize("NFKC", text)))


def normalise_text(text: str) -> str:
    """Half width, lower case, simplified, one kind of bracket, single blanks, nothing invisible. Idempotent."""
    return " ".join(_folded(text, _TEXT).split())


def normalise_name_text(text: str) -> str:
    """As `normalise_text`, without any blank or punctuation but ( ) and &: the form of names in Han characters."""
    return _folded(text, _NAME)


def _folded(text: str, table: _Folding) -> str:
    while True:
        folded = unicodedata.normalize("NFKC", text).lower().translate(table)
        # Taking a sign away can bring a letter and an accent together, which NFKC then joins; that is rare.
        if folded == text or unicodedata.is_normalized("NFKC", folded):
            return folded
        text = folded
