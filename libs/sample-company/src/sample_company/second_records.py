"""The customer of a lead once more, as another rep typed it off a visiting card: what a search by name does not find.

The organisation is called by a department of it, the phone is written in another way, and the credit code is missing,
as on the cards that people hand out. A second record keeps the person and the number, by which it can be told to be
the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sample_company.duplicates import plain_number
from sample_company.model import Lead

_LEGAL_FORMS: Final = ("有限责任公司", "股份有限公司", "有限公司")


@dataclass(frozen=True, slots=True)
class SecondRecord:
    """A customer and one person there, as typed."""

    name: str
    region: str
    city: str
    person: str
    phone: str


def second_record(lead: Lead) -> SecondRecord | None:
    """The second record of a lead's customer; None of a lead that left no company, person or phone."""
    number = plain_number(lead.phone)
    if len(lead.company) < 2 or not lead.person or len(number) != 11:
        return None
    name = lead.company
    for form in _LEGAL_FORMS:
        name = name.removesuffix(form)
    department = "设备科" if "医院" in name else "采购部"
    return SecondRecord(
        name=f"{name}（{department}）",
        region=lead.region,
        city=lead.city,
        person=lead.person,
        phone=f"+86 {number[:3]} {number[3:7]} {number[7:]}",
    )
