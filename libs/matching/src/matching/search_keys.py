"""How customers are found by a few characters: keys of which a query must be the beginning.

Every place at which a name, its pinyin or its initials can be entered makes a key of what follows, so that part of a
name is the beginning of a key and one plain B-tree answers. Trigrams would not do: the usual query is two characters,
which have none, and pg_trgm drops Chinese under a C locale. The cost is some 40 short rows for a customer.
"""

import unicodedata
from collections.abc import Iterable, Iterator

from matching.pinyin import syllables, word_syllables

LONGEST_KEY = 60
"""Keys are cut here, and so are queries."""
_MOST_ENTRIES = 60
"""Places of one name that can be entered: names are shorter, and what is longer is none."""


def search_keys(names: Iterable[str], credit_code: str) -> frozenset[str]:
    """The keys of a customer that is called by these names; an empty credit code has none."""
    found = {key for name in names for key in _keys_of(folded(name))}
    return frozenset(found | {folded(credit_code)[:LONGEST_KEY]}) - {""}


def beginning_of(query: str) -> str:
    """What a key must begin with for the customer to be found; empty where the query says nothing."""
    return folded(query)[:LONGEST_KEY]


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
