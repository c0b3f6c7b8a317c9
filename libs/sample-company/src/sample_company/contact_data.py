"""Phones and mail addresses that are well formed and belong to nobody one might annoy.

Mobile numbers lie in the block 1349, which was set aside for satellite terminals and is not sold to the public; they
pass as mobile numbers everywhere. Mail goes to domains reserved for examples (RFC 2606); `mail.example.com` stands in
for the public mailboxes that many people use at work.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from sample_company.organisations import Organisation
from sample_company.person_names import PersonName

PUBLIC_MAIL: Final = "mail.example.com"
_BLOCK: Final = "1349"
_RUNS: Final = ("0123456789", "9876543210")


def draw_phones(random: Random) -> Iterator[str]:
    """Mobile numbers of 11 digits, no two alike, none that looks like a placeholder."""
    taken: set[str] = set()
    while True:
        number = f"{_BLOCK}{random.randrange(10**7):07d}"
        if number not in taken and not looks_made_up(number):
            taken.add(number)
            yield number


def looks_made_up(number: str) -> bool:
    """True where four digits are the same in a row, or five run up or down."""
    same = any(digit * 4 in number for digit in "0123456789")
    return same or any(number[at : at + 5] in run for run in _RUNS for at in range(len(number) - 4))


def phone_as_typed(random: Random, number: str) -> str:
    """The number as people write it into a form; mostly plain."""
    spaced = f"{number[:3]} {number[3:7]} {number[7:]}"
    styles = (number, spaced, spaced.replace(" ", "-"), f"+86 {number}", f"+86-{number}")
    return random.choices(styles, (74, 10, 6, 7, 3))[0]


def make_email(random: Random, name: PersonName, organisation: Organisation) -> str:
    """An address at the organisation or, one time in four, at a public mailbox."""
    if random.random() < 0.25:
        return f"{name.login}{random.randint(100, 9999)}@{PUBLIC_MAIL}"
    local = random.choice((name.login, f"{name.given_pinyin}.{name.surname_pinyin}", name.surname_pinyin))
    return f"{local}@{organisation.mail_domain}"
