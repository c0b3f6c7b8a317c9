"""How a tenant keeps its customers: which fields are key, which grades there are, how full a file should be."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chassis.errors import Invalid, Stale, Violation
from collab.domain.completeness import CUSTOM, DECISION_CHAIN, PROFILE_FIELDS, REACHABLE_CONTACT
from collab.domain.versions import succeeded

_CUSTOM_FIELD = re.compile(r"custom\.[a-z][a-z0-9_]{0,49}")


@dataclass(frozen=True, slots=True)
class Grade:
    """One grade 客户分级."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class CustomerSettings:
    """The settings of one tenant. Every tenant begins with the same ones, as version 1."""

    key_fields: tuple[str, ...] = (
        DECISION_CHAIN,
        "pain_points",
        "purchase_cycle",
        "credit_code",
        "registered_address",
        "region",
        "grade",
        "kind",
        REACHABLE_CONTACT,
    )
    grades: tuple[Grade, ...] = (
        Grade("A", "战略客户"),
        Grade("B", "重点客户"),
        Grade("C", "一般客户"),
        Grade("D", "潜力观察客户"),
    )
    """The best first."""
    target_percent: int = 92
    """Share of key fields that should be filled: each point below costs about 1.7 % of opportunities."""
    version: int = 1

    @property
    def grade_codes(self) -> frozenset[str]:
        """What a customer's grade may be."""
        return frozenset(grade.code for grade in self.grades)

    def require_version(self, seen: int) -> None:
        """Refuses a change by somebody who saw an older version.

        Raises:
            Stale: with the present version.
        """
        if seen != self.version:
            raise Stale("customer-settings", "default", self.version)

    def put(self, key_fields: Sequence[str], grades: Sequence[Grade], target_percent: int) -> "CustomerSettings":
        """These settings with other contents; themselves where nothing differs.

        Raises:
            Invalid: names every key field that is none and everything that is there twice.
        """
        faults = [
            Violation(f"settings.key_fields[{place}]", "key_field.unknown", f"{name} is no field of a customer")
            for place, name in enumerate(key_fields)
            if not _is_key_field(name)
        ]
        faults += _repeated("settings.key_fields[{}]", list(key_fields))
        faults += _repeated("settings.grades[{}].code", [grade.code for grade in grades])
        if faults:
            raise Invalid(faults)
        asked = replace(self, key_fields=tuple(key_fields), grades=tuple(grades), target_percent=target_percent)
        return succeeded(self, asked)


def _is_key_field(name: str) -> bool:
    if name.startswith(CUSTOM):
        return _CUSTOM_FIELD.fullmatch(name) is not None
    return name in PROFILE_FIELDS or name in (DECISION_CHAIN, REACHABLE_CONTACT)


def _repeated(path: str, names: Sequence[str]) -> list[Violation]:
    counts = Counter(names)
    return [
        Violation(path.format(place), "repeated", f"{name} is there twice")
        for place, name in enumerate(names)
        if counts[name] > 1 and names.index(name) != place
    ]
