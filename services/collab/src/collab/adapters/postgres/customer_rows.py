"""A customer as a row, and a row, or the JSON of one, as a customer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chassis.ids import PersonId, TeamId
from collab.domain.completeness import Completeness
from collab.domain.customer import Customer, CustomerOwner
from collab.domain.customer_profile import CustomerProfile, CustomKind, CustomValue
from collab.domain.ids import CustomerId

_TEXTS = (
    "name", "kind", "credit_code", "registered_address", "region", "city", "grade", "source", "pain_points",
    "purchase_cycle",
)  # fmt: skip


def row_of(customer: Customer) -> dict[str, Any]:
    """The columns that follow from the customer alone."""
    profile, owner = customer.profile, customer.owner
    return {
        "id": customer.id,
        **{name: getattr(profile, name) for name in _TEXTS},
        "short_names": list(profile.short_names),
        "custom": {name: [each.kind.value, each.value] for name, each in profile.custom.items()},
        "owner_id": owner.person_id if owner else None,
        "team_id": owner.team_id if owner else None,
        "is_archived": customer.is_archived,
        "completeness_pct": customer.completeness.percent,
        "missing_fields": list(customer.completeness.missing),
        "created_at": customer.created_at,
        "updated_at": customer.updated_at,
        "version": customer.version,
        "merged_into": customer.merged_into,
        "merge_moves": customer.merge_moves,
    }


def document_of(customer: Customer) -> dict[str, Any]:
    """The same as JSON keeps it."""
    row = row_of(customer)
    moments = {name: row[name].isoformat() for name in ("created_at", "updated_at")}
    return {**row, **moments}


def customer_of(row: Mapping[str, Any]) -> Customer:
    """The customer of a row or of its JSON."""
    owner = CustomerOwner(PersonId(row["owner_id"]), TeamId(row["team_id"])) if row["owner_id"] else None
    return Customer(
        id=CustomerId(row["id"]),
        profile=CustomerProfile(
            **{name: row[name] for name in _TEXTS},
            short_names=tuple(row["short_names"]),
            custom={name: CustomValue(CustomKind(kind), value) for name, (kind, value) in row["custom"].items()},
        ),
        owner=owner,
        completeness=Completeness(row["completeness_pct"], tuple(row["missing_fields"])),
        created_at=_moment(row["created_at"]),
        updated_at=_moment(row["updated_at"]),
        is_archived=row["is_archived"],
        version=row["version"],
        merged_into=_merged_into(row),
        merge_moves=row.get("merge_moves", 0),  # nor does the JSON of older versions name this
    )


def _merged_into(row: Mapping[str, Any]) -> CustomerId | None:
    found = row.get("merged_into")  # the JSON of versions from before there were merges does not name it
    return CustomerId(found) if found else None


def _moment(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
