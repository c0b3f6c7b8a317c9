"""How things are found by a few characters of a name: keys of which a query must be the beginning.

Every place at which a name, its pinyin or its initials can be entered makes a key of what follows, so that part of a
name is the beginning of a key and one plain B-tree answers. Trigrams would not do: the usual query is two characters,
which have none, and pg_trgm drops Chinese under a C locale. The cost is some 40 short rows for the name of a company,
some 10 for that of a person.
"""

import unicodedata
from collections.abc import Iterable, Iterator

from matching.pinyin import syllables, word_syllables

LONGEST_KEY = 60
"""Keys are cut here, and so are queries."""
_COUNTRY = "+86"
_LAST = 4
_MOST_ENTRIES = 60
"""Places of one name that can be entered: names are shorter, and what is longer is none."""


def search_keys(names: Iterable[str], *codes: str) -> frozenset[str]:
    """The keys of something that has these names, and codes that are found from their beginning alone."""
    found = {key for name in names for key in _keys_of(folded(name))}
    return frozenset(found | {folded(code)[:LONGEST_KEY] for code in codes}) - {""}


def beginning_of(query: str) -> str:
    """What a key must begin with for the thing to be found; empty where the query says nothing."""
    return folded(query)[:LONGEST_KEY]


def closeness(query: str, names: Iterable[str], *codes: str) -> float:
    """How much of what it found a query says: 1 for a whole name or the rest of one, 0 where it finds nothing."""
    beginning = beginning_of(query)
    fitting = [len(key) for key in search_keys(names, *codes) if key.startswith(beginning)]
    return len(beginning) / min(fitting) if fitting else 0.0


def phone_codes(number: str) -> tuple[str, ...]:
    """By what a phone number in E.164 is found: itself, without the country's code, its last four digits."""
    return (number, number.removeprefix(_COUNTRY), number[-_LAST:])


def folded(text: str) -> str:
    """The text as keys and queries have it: width and case alike, nothing but letters, digits and characters."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return "".join(character for character in plain if character.isalnum())


def _keys_of(name: str) -> Iterator[str]:
    yield from _endings(list(name))
    # 重庆 is chong qing as a word and zhong qing character by character: people type the one or know the other.
    for reading in {syllables(name), word_syllables(name)}:
        yield from _endings(reading)
        yield from _endings([syllable[:1] for syllable in reading])


def _endings(parts: Iterable[str]) -> Iterator[str]:
    listed = list(parts)
    for start in range(min(len(listed), _MOST_ENTRIES)):
        yield "".join(listed[start:])[:LONGEST_KEY]
