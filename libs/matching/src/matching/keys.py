"""Blocking keys: two records are compared only when they share one.

A key is hashed to a signed 64-bit integer, so that one plain B-tree over (tenant, key) finds candidates. Trigrams would
not do: a two-character brand has almost none, and pg_trgm drops Chinese under a C locale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from hashlib import blake2b
from typing import Final, NamedTuple

from matching.company_name import CompanyName
from matching.identity import NormalisedIdentity, parse_company

BUCKETS: Final = 2**24
"""At 2^14, two batches of 64 leads collide almost always and replicas wait for each other; at 2^24 in 0.3 %."""

BUCKET_BASE: Final = 0x6D61_7463 << 32
"""Advisory locks of matching lie in [BUCKET_BASE, BUCKET_BASE + BUCKETS), the bytes `matc` in front."""

_FEWEST_LATIN_LETTERS = 4
_MOST_SYLLABLES = 12  # longer "brands" are sentences, and would make a key for each syllable


class KeyKind(StrEnum):
    """What a key is made of. The first five are strong: they decide joins and are looked up with a larger limit."""

    EXTERNAL_ID = "X"
    CREDIT_CODE = "C"
    PHONE = "P"
    EMAIL = "E"
    CORE = "N"
    MAIL_DOMAIN = "D"
    BRAND_SOUND = "Y"
    SHORT_SOUND = "y"
    FIRST_SYLLABLE = "1"
    SECOND_SYLLABLE = "2"
    SORTED_SOUND = "S"
    ROMANISED = "W"
    CORE_HEAD = "4"
    SOUND_AND_CITY = "L"  # a lock only, never a row


class Key(NamedTuple):
    """A kind and its value; the value may be personal (a phone), so store and log `number` only."""

    kind: KeyKind
    value: str

    @property
    def number(self) -> int:
        """Signed 64-bit hash of kind and value, the same on every machine: what the key table holds."""
        digest = blake2b(f"{self.kind}{self.value}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big", signed=True)


def strong_keys(identity: NormalisedIdentity) -> tuple[Key, ...]:
    """Keys whose equality alone is evidence: the same record, credit code, phone, mailbox or core of the name."""
    return tuple(dict.fromkeys(_strong(identity)))


def fuzzy_keys(identity: NormalisedIdentity) -> tuple[Key, ...]:
    """Keys that only say where to look: colleagues, homophones, typos, short forms, romanised names."""
    return tuple(dict.fromkeys(_fuzzy(identity)))


def blocking_keys(identity: NormalisedIdentity) -> tuple[Key, ...]:
    """All keys of a record, the strong ones first; about ten."""
    return (*strong_keys(identity), *fuzzy_keys(identity))


def alias_keys(alias: str) -> tuple[Key, ...]:
    """Keys of another name that people taught us (中石化, a former name); they belong to the customer's own keys."""
    found: list[Key] = []
    for name in parse_company(alias):
        if name is not None:
            found.append(Key(KeyKind.CORE, name.core))
            found += [key for key in _of_name(name) if key.kind in (KeyKind.BRAND_SOUND, KeyKind.ROMANISED)]
    return tuple(dict.fromkeys(found))


def lock_keys(identity: NormalisedIdentity) -> tuple[Key, ...]:
    """What a submit must hold while it looks up and inserts: the strong keys, and the brand's sound in its city."""
    found = list(strong_keys(identity))
    if identity.chinese is not None:
        sound = " ".join(identity.chinese.brand_sound)
        found.append(Key(KeyKind.SOUND_AND_CITY, f"{sound}|{identity.city}"))
    return tuple(found)


def buckets(keys: Iterable[Key], tenant: str) -> list[int]:
    """Advisory locks for the keys of one tenant, distinct and sorted; taken in another order, they deadlock.

    Args:
        keys: the `lock_keys` of all records of the transaction.
        tenant: the tenant's id, in one spelling always.
    Returns:
        Numbers for `pg_advisory_xact_lock(bigint)`.
    """
    return sorted({BUCKET_BASE + _bucket(key, tenant) for key in keys})


def _bucket(key: Key, tenant: str) -> int:
    digest = blake2b(f"{tenant}|{key.kind}{key.value}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % BUCKETS


def _strong(identity: NormalisedIdentity) -> Iterator[Key]:
    if identity.source and identity.external_id:
        yield Key(KeyKind.EXTERNAL_ID, f"{identity.source}\x1f{identity.external_id}")
    if identity.credit_code:
        yield Key(KeyKind.CREDIT_CODE, identity.credit_code)
    for phone in identity.phones:
        yield Key(KeyKind.PHONE, phone.number)
    if identity.email is not None:
        yield Key(KeyKind.EMAIL, identity.email.address)
    for name in identity.names:
        yield Key(KeyKind.CORE, name.core)


def _fuzzy(identity: NormalisedIdentity) -> Iterator[Key]:
    if identity.email is not None and identity.email.company_domain:
        yield Key(KeyKind.MAIL_DOMAIN, identity.email.company_domain)
    for name in identity.names:
        yield from _of_name(name)


def _of_name(name: CompanyName) -> Iterator[Key]:
    if name.brand_sound:
        yield from _of_sound(name.brand_sound)
        yield from _of_chinese(name)
    elif len(name.brand) >= _FEWEST_LATIN_LETTERS:
        yield Key(KeyKind.ROMANISED, name.brand)


def _of_sound(sound: tuple[str, ...]) -> Iterator[Key]:
    """The brand, and the brand with each syllable left out once: two names one syllable apart share a key.

    What is left of two syllables has a kind of its own, so that the many two-syllable brands, which look it up too, are
    not crowded out of their exact homophones.
    """
    yield Key(KeyKind.BRAND_SOUND, " ".join(sound))
    if len(sound) == 2:
        yield Key(KeyKind.SHORT_SOUND, " ".join(sound))
    if 3 <= len(sound) <= _MOST_SYLLABLES:
        kind = KeyKind.BRAND_SOUND if len(sound) > 3 else KeyKind.SHORT_SOUND
        for left_out in range(len(sound)):
            yield Key(kind, " ".join(sound[:left_out] + sound[left_out + 1 :]))
    if len(sound) >= 4:
        yield Key(KeyKind.SHORT_SOUND, " ".join(sound[:2]))


def _of_chinese(name: CompanyName) -> Iterator[Key]:
    sound, trade = name.brand_sound, name.trade_sound
    if len(sound) == 2 and trade:
        yield Key(KeyKind.FIRST_SYLLABLE, f"{sound[0]}|{' '.join(trade)}")
        yield Key(KeyKind.SECOND_SYLLABLE, f"{sound[1]}|{' '.join(trade)}")
    yield Key(KeyKind.SORTED_SOUND, f"{' '.join(sorted(sound))}|{' '.join(trade[:2])}")
    yield Key(KeyKind.ROMANISED, name.brand_pinyin)
    if len(name.brand) > 2:
        yield Key(KeyKind.CORE_HEAD, name.core[:2])
