"""Generates `libs/matching/src/matching/word_readings.txt`: the words that do not read as their characters do.

The library `pypinyin` knows 47,000 words, which take 60 MB in every process that asks it for a syllable. With these few
alone it reads all the others as before, character by character. To be run when another version of it is locked:

    .venv/bin/python tools/generate_word_readings.py
"""

from __future__ import annotations

import importlib.metadata
import os
from pathlib import Path

os.environ["PYPINYIN_NO_PHRASES"] = "true"

from pypinyin import lazy_pinyin, load_phrases_dict
from pypinyin.contrib.tone_convert import to_normal
from pypinyin.phrases_dict import phrases_dict

TARGET = Path(__file__).resolve().parent.parent / "libs/matching/src/matching/word_readings.txt"
HEAD = f"# Words that do not read as their characters do, from pypinyin {importlib.metadata.version('pypinyin')} (MIT)."


def main() -> None:
    lines = (f"{word} {' '.join(_syllables(word))}" for word in sorted(_needed_words()))
    TARGET.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")


def _needed_words() -> set[str]:
    """Words that are misread without their neighbours, and those that are misread for a word found inside them."""
    needed: set[str] = set()
    while misread := {word for word in phrases_dict if lazy_pinyin(word) != _toneless(word)} - needed:
        load_phrases_dict({word: phrases_dict[word] for word in misread})
        needed |= misread
    return needed


def _toneless(word: str) -> list[str]:
    return [to_normal(syllable) for syllable in _syllables(word)]


def _syllables(word: str) -> list[str]:
    return [first for [first, *_] in phrases_dict[word]]


if __name__ == "__main__":
    main()
