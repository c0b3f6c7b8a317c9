"""What differs between two states of a customer, in texts that people read."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from collab.domain.customer import Customer
from collab.domain.customer_profile import CustomerProfile, CustomValue


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs; an empty text stands for nothing."""

    field: str
    before: str
    after: str


def changes_between(before: Customer | None, after: Customer) -> list[FieldChange]:
    """The fields that differ, the profile's first; all that are filled for a customer that was not there before.

    Completeness is not among them: it follows from the others, and from contacts.
    """
    old, new = _texts(before) if before else {}, _texts(after)
    names = dict.fromkeys([*new, *old])
    return [
        FieldChange(name, old.get(name, ""), new.get(name, ""))
        for name in names
        if old.get(name, "") != new.get(name, "")
    ]


def _texts(customer: Customer) -> Mapping[str, str]:
    owner = customer.owner
    return {
        **_profile_texts(customer.profile),
        **{f"custom.{name}": _custom_text(value) for name, value in customer.profile.custom.items()},
        "owner_id": owner.person_id if owner else "",
        "is_archived": "true" if customer.is_archived else "",
        "merged_into": customer.merged_into or "",
    }


def _profile_texts(profile: CustomerProfile) -> Mapping[str, str]:
    values = {each.name: getattr(profile, each.name) for each in fields(profile) if each.name != "custom"}
    return {name: "; ".join(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _custom_text(custom: CustomValue) -> str:
    return custom.value if isinstance(custom.value, str) else f"{custom.value:.15g}"
