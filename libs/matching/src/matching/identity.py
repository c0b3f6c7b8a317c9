"""What a record says about who it is: as it came in, and in the one form that keys and scores are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from matching.chinese_name import parse_chinese
from matching.company_name import CompanyName, split_scripts
from matching.credit_code import normalise_credit_code
from matching.english_name import parse_english
from matching.mailbox import DEFAULT_MAIL_POLICY, Mailbox, MailPolicy, normalise_email
from matching.person import Person, normalise_person
from matching.phone import Phone, PhoneKind, is_placeholder, normalise_phone, split_phones
from matching.place import normalise_city
from matching.text import has_han, normalise_name_text, normalise_text
from matching.words import word_list

NORM_VERSION: Final = 1
"""Raised with every change of rules, word lists or the tables of regions, scripts and readings: keys differ then."""

_NO_VALUE = frozenset(word_list("no-value"))
_LONGEST_NAME = 300  # far beyond any name; parsing takes quadratic time in what is none
_UNUSUAL = re.compile("[^\u4e00-\u9fff()（）]")  # a name without any is written once


class IntakeWarning(StrEnum):
    """Something typed that counts as absent."""

    CREDIT_CODE_INVALID = "CREDIT_CODE_INVALID"
    EMAIL_UNREADABLE = "EMAIL_UNREADABLE"
    PHONE_PLACEHOLDER = "PHONE_PLACEHOLDER"
    PHONE_UNREADABLE = "PHONE_UNREADABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The raw fields of one record, as typed; empty where nothing was said.

    Attributes:
        phones: each may hold several numbers (13900001111/0755-22223333).
        source: the system that the record comes from; with `external_id`, its name there, the upsert key.
    """

    company: str = ""
    person: str = ""
    phones: tuple[str, ...] = ()
    email: str = ""
    credit_code: str = ""
    city: str = ""
    source: str = ""
    external_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalisedIdentity:
    """An identity in normal form, parsed once; keys and comparisons take nothing else.

    Attributes:
        chinese: the company's name in Chinese characters.
        english: the company's name in Latin letters; both are kept when both were given.
        city: as `normalise_city`; of a branch, the city of the branch.
        warnings: what was typed and counts as absent.
    """

    norm_version: int = NORM_VERSION
    chinese: CompanyName | None = None
    english: CompanyName | None = None
    person: Person | None = None
    phones: tuple[Phone, ...] = ()
    email: Mailbox | None = None
    credit_code: str = ""
    city: str = ""
    source: str = ""
    external_id: str = ""
    warnings: tuple[IntakeWarning, ...] = ()

    @property
    def has_company(self) -> bool:
        return self.chinese is not None or self.english is not None

    @property
    def names(self) -> tuple[CompanyName, ...]:
        """The Chinese name, then the English one, as far as they are known."""
        return tuple(name for name in (self.chinese, self.english) if name is not None)

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON keeps; `from_dict` gives an equal identity back."""
        return {
            "norm_version": self.norm_version,
            "chinese": self.chinese.to_dict() if self.chinese else None,
            "english": self.english.to_dict() if self.english else None,
            "person": self.person._asdict() if self.person else None,
            "phones": [phone._asdict() for phone in self.phones],
            "email": self.email._asdict() if self.email else None,
            "credit_code": self.credit_code,
            "city": self.city,
            "source": self.source,
            "external_id": self.external_id,
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> NormalisedIdentity:
        """Rebuilds what `to_dict` gave.

        Raises:
            ValueError: it was normalised by other rules; normalise the raw record again.
            KeyError, TypeError: it is no such dict.
        """
        if stored["norm_version"] != NORM_VERSION:
            message = f"Normalised by version {stored['norm_version']}, this is version {NORM_VERSION}."
            raise ValueError(message)
        return cls(
            chinese=CompanyName.from_dict(stored["chinese"]) if stored["chinese"] else None,
            english=CompanyName.from_dict(stored["english"]) if stored["english"] else None,
            person=Person(**stored["person"]) if stored["person"] else None,
            phones=tuple(Phone(phone["number"], PhoneKind(phone["kind"])) for phone in stored["phones"]),
            email=Mailbox(**stored["email"]) if stored["email"] else None,
            credit_code=stored["credit_code"],
            city=stored["city"],
            source=stored["source"],
            external_id=stored["external_id"],
            warnings=tuple(map(IntakeWarning, stored["warnings"])),
        )


def normalise(identity: Identity, mail_policy: MailPolicy = DEFAULT_MAIL_POLICY) -> NormalisedIdentity:
    """Brings a record into normal form. Never fails: what cannot be read counts as absent, with a warning."""
    chinese, english = parse_company(identity.company)
    phones, warnings = _read_phones(identity.phones)
    email = normalise_email(identity.email, mail_policy) if identity.email else None
    credit_code = normalise_credit_code(identity.credit_code) or "" if identity.credit_code else ""
    if identity.credit_code.strip() and not credit_code:
        warnings.add(IntakeWarning.CREDIT_CODE_INVALID)
    if identity.email.strip() and email is None:
        warnings.add(IntakeWarning.EMAIL_UNREADABLE)
    branch_city = chinese.branch_city if chinese else ""
    has_person = identity.person and normalise_text(identity.person) not in _NO_VALUE
    return NormalisedIdentity(
        chinese=chinese,
        english=english,
        person=normalise_person(identity.person) if has_person else None,
        phones=phones,
        email=email,
        credit_code=credit_code,
        city=branch_city or (normalise_city(identity.city) if identity.city else ""),
        source=identity.source.strip().lower(),
        external_id=identity.external_id.strip(),
        warnings=tuple(sorted(warnings)),
    )


def parse_company(raw: str) -> tuple[CompanyName | None, CompanyName | None]:
    """The Chinese and the English name in a company field; None for what is not there."""
    if not raw:
        return None, None
    raw = raw[:_LONGEST_NAME]
    if not has_han(raw):
        text = normalise_text(raw)
        return None, None if text in _NO_VALUE else parse_english(text)
    if raw.strip() in _NO_VALUE:
        return None, None
    chinese, english = split_scripts(normalise_text(raw)) if _UNUSUAL.search(raw) else (raw, "")
    return parse_chinese(normalise_name_text(chinese)), parse_english(english) if english else None


def _read_phones(raw_phones: tuple[str, ...]) -> tuple[tuple[Phone, ...], set[IntakeWarning]]:
    phones: dict[Phone, None] = {}
    warnings: set[IntakeWarning] = set()
    for part in (part for raw in raw_phones for part in split_phones(raw)):
        if phone := normalise_phone(part):
            phones[phone] = None
        else:
            placeholder = is_placeholder(part)
            warnings.add(IntakeWarning.PHONE_PLACEHOLDER if placeholder else IntakeWarning.PHONE_UNREADABLE)
    return tuple(phones), warnings
