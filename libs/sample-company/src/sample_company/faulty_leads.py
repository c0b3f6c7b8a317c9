"""Rows that the product must refuse, each for one reason, so that an import has something to report."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sample_company.model import Fault, Lead

_CHANGES: Final = {
    Fault.NO_IDENTITY: {"company": "", "phone": "", "email": "", "credit_code": "", "external_id": ""},
    Fault.UNKNOWN_SEGMENT: {"segment": "VIP"},
    Fault.OVERLONG_COMPANY: {"company": "见附件说明；" * 40},
    Fault.NO_SOURCE: {"source": ""},
}


def spoil(lead: Lead, fault: Fault) -> Lead:
    """The lead with one fault in it."""
    return replace(lead, fault=fault, **_CHANGES[fault])  # type: ignore[arg-type]  # fields by name
