"""What other records of the tenant say about a brand, a phone, a domain or a name. The library looks nothing up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class MatchContext(Protocol):
    """How often things occur among the tenant's records; asked once per comparison, so answers lie ready in memory."""

    def brand_count(self, brand: str) -> int | None:
        """How many different (core, region) pairs carry the brand; None when nobody counted."""
        ...

    def phone_brands(self, number: str) -> int:
        """With how many different brands the phone was seen."""
        ...

    def domain_brands(self, domain: str) -> int:
        """With how many different brands the mail domain was seen."""
        ...

    def person_companies(self, name: str) -> int:
        """How many companies have a contact person of this name."""
        ...


@dataclass(frozen=True, slots=True)
class Counts:
    """A context out of counts that were fetched before; what is missing counts 0, a missing brand is unknown."""

    brands: Mapping[str, int] = field(default_factory=dict)
    phones: Mapping[str, int] = field(default_factory=dict)
    domains: Mapping[str, int] = field(default_factory=dict)
    persons: Mapping[str, int] = field(default_factory=dict)

    def brand_count(self, brand: str) -> int | None:
        return self.brands.get(brand)

    def phone_brands(self, number: str) -> int:
        return self.phones.get(number, 0)

    def domain_brands(self, domain: str) -> int:
        return self.domains.get(domain, 0)

    def person_companies(self, name: str) -> int:
        return self.persons.get(name, 0)


NOTHING_KNOWN = Counts()
