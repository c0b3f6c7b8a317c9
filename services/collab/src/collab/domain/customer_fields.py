"""The fields of a customer that a merge weighs one by one: those of the profile, fields of the tenant, the owner."""

from collections.abc import Mapping
from dataclasses import replace

from collab.domain.completeness import CUSTOM
from collab.domain.customer import Customer, CustomerOwner
from collab.domain.customer_profile import CustomValue

OWNER = "owner_id"
SHORT_NAMES = "short_names"
TEXT_FIELDS = (
    "name", "kind", "credit_code", "registered_address", "region", "city", "grade", "source", "pain_points",
    "purchase_cycle",
)  # fmt: skip

Value = str | CustomValue | CustomerOwner | None
"""A text, empty for nothing; a value of a field of the tenant; an owner."""


def fields_of(customer: Customer) -> dict[str, Value]:
    """Every field but the short names, which are weighed one by one; those of the tenant where they are filled."""
    texts = {name: getattr(customer.profile, name) for name in TEXT_FIELDS}
    custom = {f"{CUSTOM}{name}": value for name, value in customer.profile.custom.items()}
    return {**texts, **custom, OWNER: customer.owner}


def is_filled(value: Value) -> bool:
    """Whether the field says anything."""
    return value.is_filled if isinstance(value, CustomValue) else bool(value)


def with_fields(customer: Customer, values: Mapping[str, Value]) -> Customer:
    """The customer with other values in these fields; nothing in a field of the tenant removes it."""
    texts = {name: value for name, value in values.items() if name in TEXT_FIELDS}
    custom = dict(customer.profile.custom)
    for name, value in values.items():
        if not name.startswith(CUSTOM):
            continue
        if isinstance(value, CustomValue):
            custom[name.removeprefix(CUSTOM)] = value
        else:
            custom.pop(name.removeprefix(CUSTOM), None)
    owner = values.get(OWNER, customer.owner)
    return replace(
        customer,
        profile=replace(customer.profile, **texts, custom=custom),  # type: ignore[arg-type]  # texts by their names
        owner=owner if isinstance(owner, CustomerOwner) else None,
    )


def with_short_names(customer: Customer, names: tuple[str, ...]) -> Customer:
    """The customer with other short names."""
    return replace(customer, profile=replace(customer.profile, short_names=names))
