"""How a change of a customer is kept: its row, its history, what it is found by, the fact, the row of the audit."""

from collections.abc import Collection
from dataclasses import dataclass

from chassis import context
from chassis.audit import State
from collab.application.customer_ports import CustomerWork
from collab.domain.contact import Contact
from collab.domain.contact_search import contact_search_keys
from collab.domain.customer import Customer
from collab.domain.customer_changes import changes_between
from collab.domain.customer_events import (
    CustomerArchived,
    CustomerChanged,
    CustomerContactChanged,
    CustomerCreated,
    CustomerFact,
    CustomerMerged,
    CustomerRestored,
    CustomerUnmerged,
)
from collab.domain.customer_family import CustomerFamily
from collab.domain.customer_identity import match_keys
from collab.domain.customer_profile import CustomerProfile
from matching.search_keys import search_keys


@dataclass(frozen=True, slots=True)
class ContactChange:
    """A contact before and after a change; None before where it is new."""

    before: Contact | None
    after: Contact


_RECOGNISED_BY = ("name", "short_names", "credit_code", "city")


async def keep_new(work: CustomerWork, customer: Customer) -> None:
    """Keeps a customer that was just made, and tells of it."""
    await _keep_row(work, customer)
    await keep_keys(work, customer, ())
    work.outbox.append(CustomerCreated(customer))
    _audit(work, "customer.create", None, customer)


async def keep_change(work: CustomerWork, before: Customer, after: Customer, action: str, reason: str = "") -> None:
    """Keeps a customer that really changed, and tells of it; does nothing where it did not."""
    if after is before:
        return
    await _keep_row(work, after)
    if _is_found_otherwise(before.profile, after.profile):
        await keep_keys(work, after, await work.contacts.of([after.id]))
    work.outbox.append(_fact(before, after))
    _audit(work, action, before, after, reason)


async def keep_contact(
    work: CustomerWork, customer: Customer, change: ContactChange, contacts: Collection[Contact], action: str
) -> None:
    """Keeps a contact that really changed, with its customer, and tells of it. The audit holds no personal data.

    Args:
        customer: as it is afterwards.
        contacts: all contacts of the customer as they are afterwards.
    """
    before, after = change.before, change.after
    await work.contacts.save(after)
    await work.contacts.find_by(after, contact_search_keys(after))
    await _keep_row(work, customer)
    await keep_keys(work, customer, contacts)
    work.outbox.append(CustomerContactChanged(customer, after))
    work.audit.record(
        action=action,
        resource=f"contacts/{after.id}",
        before=_contact_facts(before) if before else None,
        after={
            **_contact_facts(after),
            "customer_id": after.customer_id,
            "edited": list(after.profile.changed_from(before.profile)) if before else [],
        },
    )


async def keep_family(work: CustomerWork, family: CustomerFamily, told: CustomerMerged | CustomerUnmerged) -> None:
    """Keeps what a merge, or its undoing, has made of customers and contacts, and tells of it.

    Args:
        told: the fact of the customer that was merged; each other customer tells that it changed.
    """
    # A credit code stands with one customer that is not merged: it leaves one row before it is written to the other.
    leaves_first = isinstance(told, CustomerMerged)
    changed = sorted(family.changed_customers, key=lambda pair: (pair[1].id == told.customer.id) is not leaves_first)
    for _, after in changed:
        await _keep_row(work, after)
    for contact in family.changed_contacts:
        await work.contacts.save(contact)
        # Who finds it is decided by the customer with whom it stands now.
        await work.contacts.find_by(contact, contact_search_keys(contact))
    for _, after in changed:
        await keep_keys(work, after, family.contacts_of(after.id))
    for before, after in changed:
        fields = tuple(change.field for change in changes_between(before, after))
        work.outbox.append(told if after.id == told.customer.id else CustomerChanged(after, fields))


async def keep_keys(work: CustomerWork, customer: Customer, contacts: Collection[Contact]) -> None:
    """Sets what the customer is found by."""
    profile = customer.profile
    await work.customer_keys.replace(customer.id, match_keys(profile, contacts))
    await work.customer_keys.replace_search(customer.id, search_keys(profile.names, profile.credit_code))


async def _keep_row(work: CustomerWork, customer: Customer) -> None:
    await work.customers.save(customer)
    await work.customer_history.add(customer, context.current().principal.actor)


def _is_found_otherwise(before: CustomerProfile, after: CustomerProfile) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in _RECOGNISED_BY)


def _fact(before: Customer, after: Customer) -> CustomerFact:
    if before.is_archived != after.is_archived:
        return CustomerArchived(after) if after.is_archived else CustomerRestored(after)
    return CustomerChanged(after, tuple(change.field for change in changes_between(before, after)))


def _audit(work: CustomerWork, action: str, before: Customer | None, after: Customer, reason: str = "") -> None:
    changes = changes_between(before, after)
    changed = {change.field: change.after for change in changes}
    work.audit.record(
        action=action,
        resource=f"customers/{after.id}",
        before={change.field: change.before for change in changes} if before else None,
        after={**changed, "reason": reason} if reason else changed,
    )


def _contact_facts(contact: Contact) -> State:
    role, attitude = contact.profile.decision_role, contact.profile.attitude
    return {
        "decision_role": role.value if role else "",
        "attitude": attitude.value if attitude else "",
        "is_reachable": contact.is_reachable,
        "reports_to": contact.profile.reports_to,
        "is_archived": contact.is_archived,
    }
