"""Names of contact persons: titles go, and 张总 leaves a surname only."""

from __future__ import annotations

import re
from typing import NamedTuple

from matching.pinyin import syllables
from matching.text import has_han, normalise_name_text, normalise_text
from matching.words import word_list

_TITLES = tuple(sorted(word_list("titles"), key=len, reverse=True))
_COMPOUND_SURNAMES = frozenset(word_list("compound-surnames"))
_LATIN_TITLE = re.compile(r"^(?:mr|mrs|ms|miss|dr|prof)\.?\s+")
_NO_BRACKETS = str.maketrans("", "", "()")
_NOT_WORD = re.compile(r"[^\w\s]|_")


class Person(NamedTuple):
    """A contact person.

    Attributes:
        name: the full name, "" when only a surname is known.
        surname: of a Chinese name, "" of others.
        sound: pinyin words of the full name in alphabetical order, so that Zhang Wei and 张伟 sound the same.
    """

    name: str
    surname: str
    sound: str


def normalise_person(raw: str) -> Person | None:
    """None when nothing but a title is left."""
    if not has_han(raw):
        return _latin(normalise_text(raw))
    # Twice, for what stood on both sides of a bracket may now become one character.
    name = normalise_name_text(normalise_name_text(raw).translate(_NO_BRACKETS))
    without = _without_title(name)
    if not without:
        return None
    size = 2 if without[:2] in _COMPOUND_SURNAMES else 1
    surname, given = without[:size], without[size:]
    if not given:
        return Person("", surname, "")
    return Person(without, surname, " ".join(sorted(["".join(syllables(surname)), "".join(syllables(given))])))


def _without_title(name: str) -> str:
    while name.endswith(_TITLES):
        name = name.removesuffix(next(title for title in _TITLES if name.endswith(title)))
    # 王工 is engineer Wang, 王建工 a full name.
    return name[:-1] if len(name) == 2 and name[-1] == "工" else name


def _latin(name: str) -> Person | None:
    words = _NOT_WORD.sub(" ", _LATIN_TITLE.sub("", name)).split()
    return Person(" ".join(words), "", " ".join(sorted(words))) if words else None
