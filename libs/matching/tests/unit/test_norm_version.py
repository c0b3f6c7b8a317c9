"""Keys depend on tables that come from packages and word lists: another table needs another version."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from importlib import resources

from matching import words
from matching.identity import NORM_VERSION
from matching.pinyin import syllables
from matching.regions import NAMES
from matching.text import normalise_text

HAN = [chr(code) for code in range(0x4E00, 0xA000)]
FINGERPRINTS = {
    1: "de51746fa6f8ef5e",
}


def fingerprint(lines: Iterable[str]) -> str:
    digest = sha256()
    for line in lines:
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()[:16]


def test_every_table_is_the_one_that_the_version_stands_for() -> None:
    lists = sorted(
        path.name.removesuffix(".txt") for path in resources.files(words).iterdir() if path.name.endswith(".txt")
    )
    tables = [
        *(f"{name}: {word}" for name in lists for word in sorted(words.word_list(name))),
        *(f"{name} {' '.join(codes)}" for name, codes in sorted(NAMES.items())),
        *(f"{character} {normalise_text(character)} {syllables(character)[0]}" for character in HAN),
    ]

    found = fingerprint(tables)

    assert FINGERPRINTS.get(NORM_VERSION) == found, (
        "Raise NORM_VERSION and give it this fingerprint: keys have changed."
    )
