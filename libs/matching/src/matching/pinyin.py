"""Sound of Chinese text: toneless pinyin, one reading per character, and a fuzzy form that merges what dialects merge.

One reading per character is a choice: 乐 is always `le`. It may be the wrong one, but it is the same wrong one for both
names that are compared, whereas a reading taken from the neighbours could differ between a name and its short form.
"""

from __future__ import annotations

import os
import re
from functools import cache
from importlib import resources
from types import ModuleType

_RETROFLEX = re.compile("^([zcs])h")
_BACK_NASAL = re.compile("ng$")


def fuzzy_syllable(syllable: str) -> str:
    """Merges zh/z, ch/c, sh/s and the finals -ng/-n, which many speakers and input methods do not tell apart."""
    return _BACK_NASAL.sub("n", _RETROFLEX.sub(r"\1", syllable))


class _Readings(dict[str, str]):
    """Character to toneless syllable, filled as characters are met; one without a reading stands for itself."""

    def __missing__(self, character: str) -> str:
        reading = character if character.isascii() else _pypinyin().lazy_pinyin(character)[0]
        self[character] = reading
        return reading


class _FuzzyReadings(dict[str, str]):
    def __missing__(self, character: str) -> str:
        reading = self[character] = fuzzy_syllable(_READINGS[character])
        return reading


@cache
def _pypinyin() -> ModuleType:
    """The package with our word readings, loaded when the first name is read.

    It takes 13 MB and a tenth of a second, and many processes that could read names never do.
    """
    # Its own table of words takes 60 MB; `word_readings.txt` holds those of its words that make a difference.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    import pypinyin  # noqa: PLC0415 - see above

    text = resources.files("matching").joinpath("word_readings.txt").read_text(encoding="utf-8")
    entries = (line.split() for line in text.splitlines() if not line.startswith("#"))
    pypinyin.load_phrases_dict({word: [[syllable] for syllable in syllables] for word, *syllables in entries})
    return pypinyin


_READINGS = _Readings()
_FUZZY = _FuzzyReadings()


def syllables(text: str) -> tuple[str, ...]:
    """One toneless syllable per character, ü written v; letters and digits stand for themselves."""
    return tuple(map(_READINGS.__getitem__, text))


def fuzzy_syllables(text: str) -> tuple[str, ...]:
    """As `syllables`, in the fuzzy form: 张 and 赞 both read `zan`."""
    return tuple(map(_FUZZY.__getitem__, text))


def word_syllables(text: str) -> tuple[str, ...]:
    """As `syllables`, with readings chosen by the word a character stands in: 重庆 reads `chong qing`.

    For what people type, not for comparing: the reading of a character may differ between a name and its short form.
    """
    return tuple(_pypinyin().lazy_pinyin(text, errors=list))
