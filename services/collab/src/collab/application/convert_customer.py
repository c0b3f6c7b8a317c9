"""Keep the customer and the contact of a converted lead, and take them back: the part of a conversion in the master.

The ids are chosen by whoever carries the conversion out. So a repeat, however late, finds what the first call made.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from chassis.errors import Invalid, NotFound
from chassis.ids import PersonId
from collab.application.create_customer import require_free_credit_code
from collab.application.customer_access import known_owner
from collab.application.customer_ports import CustomerUnitOfWork
from collab.application.customer_upkeep import ContactChange, keep_change, keep_contact, keep_new
from collab.application.merge_customers import held_under
from collab.domain.completeness import completeness
from collab.domain.contact import Contact, ContactProfile, contact_faults
from collab.domain.customer import Customer
from collab.domain.customer_family import CustomerFamily
from collab.domain.customer_identity import identity_of
from collab.domain.customer_profile import CustomerProfile, profile_faults
from collab.domain.ids import ContactId, CustomerId
from matching.keys import buckets, lock_keys

CUSTOMER_CHANGED, CUSTOMER_MERGED, CONTACT_CHANGED = "customer.changed", "customer.merged", "contact.changed"


@dataclass(frozen=True, slots=True)
class KeepConvertedCustomer:
    """The customer that a lead becomes."""

    customer_id: CustomerId
    profile: CustomerProfile
    owner_id: PersonId


@dataclass(frozen=True, slots=True)
class KeepConvertedContact:
    """The person whom the lead names."""

    customer_id: CustomerId
    contact_id: ContactId
    profile: ContactProfile


@dataclass(frozen=True, slots=True)
class TakeBackConverted:
    """What a conversion made."""

    customer_id: CustomerId
    customer_version: int
    """As the conversion left the customer that it made; 0 where it joined one."""
    contact_id: ContactId | None
    """None where it made no contact."""
    only_look: bool


@dataclass(frozen=True, slots=True)
class ConvertedCustomers:
    """Asked by services alone, so what a person may was judged before."""

    unit_of_work: CustomerUnitOfWork

    async def keep_customer(self, command: KeepConvertedCustomer) -> CustomerId:
        """Makes the customer where it is not there yet, and returns its id.

        Raises:
            Invalid: names every field that cannot be.
            AlreadyExists: another customer, archived or not, has the credit code.
        """
        profile = command.profile.tidied()
        async with self.unit_of_work.begin() as work:
            settings = await work.customer_settings.share()
            await work.customer_keys.hold(buckets(lock_keys(identity_of(profile)), work.tenant_id))
            if await work.customers.lock(command.customer_id) is None:
                if faults := profile_faults(profile, settings.grade_codes):
                    raise Invalid(faults)
                await require_free_credit_code(work, profile.credit_code)
                customer = Customer(
                    id=command.customer_id,
                    profile=profile,
                    owner=await known_owner(work, command.owner_id),
                    completeness=completeness(profile, (), settings.key_fields),
                    created_at=work.now,
                    updated_at=work.now,
                )
                await keep_new(work, customer)
            return await work.answer(command.customer_id)

    async def keep_contact(self, command: KeepConvertedContact) -> ContactId:
        """Adds the contact where neither it nor one with its phone or e-mail is there, and returns the id of that one.

        A phone that nobody can read is left out: the lead keeps what was typed.

        Where the customer was merged meanwhile, the contact stands with the survivor, as one does that was made before
        the merge, and returns with the customer when that is un-merged.

        Raises:
            NotFound: there is no such customer.
            CustomerIsArchived: it, or the survivor, must be restored first.
            Invalid: names every field that cannot be.
        """
        profile = command.profile.tidied()
        async with self.unit_of_work.begin() as work:
            settings = await work.customer_settings.share()
            family, customer = await held_under(work, command.customer_id)
            customer.require_in_use()
            contacts = {contact.id: contact for contact in family.contacts_of(customer.id)}
            known = contacts.get(command.contact_id) or _same_person(profile, contacts.values())
            if known is not None:
                return await work.answer(known.id)
            faults = contact_faults(profile, contacts)
            if any(fault.reason == "phone.unreadable" for fault in faults):
                profile = replace(profile, phone="")
                faults = contact_faults(profile, contacts)
            if faults:
                raise Invalid(faults)
            contact = Contact(
                command.contact_id,
                customer.id,
                profile,
                created_at=work.now,
                updated_at=work.now,
                origin_id=None if customer.id == command.customer_id else command.customer_id,
            )
            everybody = [*contacts.values(), contact]
            figures = completeness(customer.profile, everybody, settings.key_fields)
            after = customer.with_contacts_changed(figures, work.now)
            await keep_contact(work, after, ContactChange(None, contact), everybody, "contact.create")
            if contact.made_at != customer.id:
                origin = family.customers[contact.made_at]
                await keep_change(work, origin, origin.with_contact_at_survivor(work.now), "customer.contact")
            return await work.answer(contact.id)

    async def take_back(self, command: TakeBackConverted) -> list[str]:
        """Archives what the conversion made, or nothing where somebody added to it since; returns what was added.

        What was never made, or is archived already, needs no taking back. A contact is found with the survivor of its
        customer; that a merge has moved it is no addition. A customer that the conversion made is held by a merge, and
        free again once that is taken back.
        """
        async with self.unit_of_work.begin() as work:
            settings = await work.customer_settings.share()
            try:
                family, customer = await held_under(work, command.customer_id)
            except NotFound:
                return await work.answer([])
            contact = family.contacts.get(command.contact_id) if command.contact_id else None
            added = _added(command, family, customer, contact)
            if not added and not command.only_look and not customer.is_archived:
                if contact is not None and not contact.is_archived:
                    change = ContactChange(contact, contact.archived(work.now))
                    contacts = {each.id: each for each in family.contacts_of(customer.id)} | {contact.id: change.after}
                    figures = completeness(customer.profile, contacts.values(), settings.key_fields)
                    customer = customer.with_contacts_changed(figures, work.now)
                    await keep_contact(work, customer, change, contacts.values(), "contact.archive")
                if command.customer_version:
                    await keep_change(work, customer, customer.archived(work.now), "customer.archive")
            return await work.answer(added)


def _same_person(profile: ContactProfile, contacts: Iterable[Contact]) -> Contact | None:
    """A contact in use whom one would reach by the same phone or e-mail."""
    for contact in contacts:
        known = contact.profile
        is_same = (profile.phone and profile.phone == known.phone) or (
            profile.email and profile.email.lower() == known.email.lower()
        )
        if is_same and not contact.is_archived:
            return contact
    return None


def _added(
    command: TakeBackConverted, family: CustomerFamily, survivor: Customer, contact: Contact | None
) -> list[str]:
    if command.customer_version and len(family.customers) > 1:
        return [CUSTOMER_MERGED]
    added: list[str] = []
    if survivor.is_archived:
        return added
    if command.customer_version and survivor.own_version != command.customer_version:
        added.append(CUSTOMER_CHANGED)
    if contact is not None and not contact.is_archived and contact.own_version != 1:
        added.append(CONTACT_CHANGED)
    return added
