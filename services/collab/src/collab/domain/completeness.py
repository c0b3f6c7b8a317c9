"""How much of what must be known of a customer is known 客户资料完整度."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from collab.domain.contact import Contact
from collab.domain.customer_profile import CustomerProfile

DECISION_CHAIN = "decision_chain"
"""A contact whose part in decisions is known 决策链角色."""
REACHABLE_CONTACT = "reachable_contact"
"""A contact with a phone or an e-mail."""
CUSTOM = "custom."
"""What names of fields that the tenant has defined begin with."""
PROFILE_FIELDS = frozenset(
    {
        "short_names",
        "kind",
        "credit_code",
        "registered_address",
        "region",
        "city",
        "grade",
        "source",
        "pain_points",
        "purchase_cycle",
    }
)
"""Fields of the profile that may be key fields; the name is always there."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much is filled, and what is not."""

    percent: int
    """Of the key fields, 0 to 100, rounded down: 100 only when nothing is missing."""
    missing: tuple[str, ...]
    """Key fields that are not filled, in the order of the settings."""


def completeness(profile: CustomerProfile, contacts: Collection[Contact], key_fields: Sequence[str]) -> Completeness:
    """Completeness of a customer; archived contacts do not count.

    Args:
        key_fields: as the tenant's settings name them, at least one.
    """
    missing = tuple(name for name in key_fields if not _is_filled(name, profile, contacts))
    return Completeness((len(key_fields) - len(missing)) * 100 // len(key_fields), missing)


def filled_percent(customers: int, missing: int, key_fields: int) -> float:
    """Share of all key fields of several customers that are filled, in percent with one decimal, rounded down.

    Rounded down, so that a group that lacks a single field never shows the line it has not reached.

    Args:
        missing: fields that are not filled, of all customers together.
        key_fields: how many there are for each customer, at least one.
    """
    if not customers:
        return 100.0
    total = customers * key_fields
    return (total - missing) * 1000 // total / 10


def _is_filled(name: str, profile: CustomerProfile, contacts: Collection[Contact]) -> bool:
    in_use = [contact for contact in contacts if not contact.is_archived]
    if name == DECISION_CHAIN:
        return any(contact.profile.decision_role for contact in in_use)
    if name == REACHABLE_CONTACT:
        return any(contact.is_reachable for contact in in_use)
    if name.startswith(CUSTOM):
        custom = profile.custom.get(name.removeprefix(CUSTOM))
        return custom is not None and custom.is_filled
    return bool(getattr(profile, name))
