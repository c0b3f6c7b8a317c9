"""Word lists that the parser reads, as plain text files: words parted by blanks, `#` begins a remark.

They are part of what `NORM_VERSION` stands for: a word more or less gives other keys.
"""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def word_list(name: str) -> tuple[str, ...]:
    """The words of `<name>.txt` in the order of the file.

    Raises:
        FileNotFoundError: there is no such list.
    """
    text = resources.files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    return tuple(word for line in text.splitlines() for word in line.partition("#")[0].split())


def pairs(name: str) -> dict[str, str]:
    """A list whose entries are `word=meaning`; a bare word means itself."""
    found = (word.partition("=") for word in word_list(name))
    return {word: meaning or word for word, _, meaning in found}
