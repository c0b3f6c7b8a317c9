"""By what a lead is found: its company and credit code, and, for those who see contact data, its person and phone."""

from dataclasses import dataclass

from lead_router.domain.lead_details import LeadIdentity
from matching.phone import normalise_phone
from matching.search_keys import phone_codes, search_keys


@dataclass(frozen=True, slots=True)
class LeadSearchKeys:
    """The keys of a lead."""

    open: frozenset[str]
    personal: frozenset[str]
    """Personal data: what is found by them tells what it is called."""


def lead_search_keys(identity: LeadIdentity) -> LeadSearchKeys:
    """The keys of a lead that says this about itself."""
    found = normalise_phone(identity.phone) if identity.phone.strip() else None
    phone = found.number if found else identity.phone.strip()
    known = search_keys([identity.company], identity.credit_code)
    personal = search_keys([identity.person], *phone_codes(phone))
    return LeadSearchKeys(known, personal - known)
