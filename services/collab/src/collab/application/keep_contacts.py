"""Add, change and archive contacts: the customer's row is held, so that changes of one customer follow one another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chassis.errors import Invalid, NotFound, Stale
from chassis.ids import new_id
from collab.application.customer_access import WRITE, CustomerAccess
from collab.application.customer_ports import CustomerUnitOfWork, CustomerWork
from collab.application.customer_upkeep import ContactChange, keep_contact
from collab.domain.completeness import completeness
from collab.domain.contact import Contact, ContactProfile, contact_faults, require_no_circle
from collab.domain.customer import Customer
from collab.domain.customer_settings import CustomerSettings
from collab.domain.ids import ContactId, CustomerId


@dataclass(frozen=True, slots=True)
class CreateContact:
    """A contact as somebody states it."""

    customer_id: CustomerId
    profile: ContactProfile


@dataclass(frozen=True, slots=True)
class UpdateContact:
    """What is to change."""

    contact_id: ContactId
    version: int
    """As the caller saw it."""
    edit: Callable[[ContactProfile], ContactProfile]
    """The present profile with the new values in it."""


@dataclass(frozen=True, slots=True)
class KeptContact:
    """A contact and its customer as they are afterwards."""

    contact: Contact
    customer: Customer


@dataclass(frozen=True, slots=True)
class ContactKeeper:
    """Contacts of customers that the caller may change."""

    unit_of_work: CustomerUnitOfWork
    access: CustomerAccess

    async def create(self, command: CreateContact) -> KeptContact:
        """Adds a contact and returns it.

        Raises:
            NotFound: there is no such customer for this caller.
            Forbidden: the caller may not change it.
            CustomerIsArchived: it must be restored first.
            Invalid: names every field that cannot be.
        """
        async with self.unit_of_work.begin() as work:
            held = await self._held(work, command.customer_id)
            profile = _checked(command.profile, held.contacts)
            contact = Contact(
                ContactId(new_id()), command.customer_id, profile, created_at=work.now, updated_at=work.now
            )
            return await work.answer(await _keep(work, held, ContactChange(None, contact), "contact.create"))

    async def update(self, command: UpdateContact) -> KeptContact:
        """Keeps the change and returns the contact.

        Raises:
            NotFound: there is no such contact for this caller.
            Forbidden: the caller may not change the customer.
            Stale: the contact has changed since.
            CustomerIsArchived, ContactIsArchived: it is not changed any more.
            Invalid: names every field that cannot be.
            ContactCircle: the contact would stand above itself.
        """
        async with self.unit_of_work.begin() as work:
            held = await self._held_with(work, command.contact_id)
            before = held.contacts[command.contact_id]
            before.require_version(command.version)
            profile = _checked(command.edit(before.profile), held.contacts, before)
            if profile.reports_to is not None:
                require_no_circle(before.id, profile.reports_to, held.contacts)
            change = ContactChange(before, before.edited(profile, work.now))
            return await work.answer(await _keep(work, held, change, "contact.update"))

    async def archive(self, contact_id: ContactId, version: int) -> KeptContact:
        """Takes a contact out of daily use and returns it; one that is archived stays so.

        Raises:
            NotFound: there is no such contact for this caller.
            Forbidden: the caller may not change the customer.
            Stale: the contact has changed since.
            CustomerIsArchived: it must be restored first.
        """
        async with self.unit_of_work.begin() as work:
            held = await self._held_with(work, contact_id)
            before = held.contacts[contact_id]
            before.require_version(version)
            change = ContactChange(before, before.archived(work.now))
            return await work.answer(await _keep(work, held, change, "contact.archive"))

    async def _held(self, work: CustomerWork, customer_id: CustomerId) -> "_Held":
        settings = await work.customer_settings.share()
        customer = await self.access.lock(work, customer_id, WRITE)
        contacts = {contact.id: contact for contact in await work.contacts.of([customer_id])}
        return _Held(settings, customer, contacts)

    async def _held_with(self, work: CustomerWork, contact_id: ContactId) -> "_Held":
        """The customer of a contact, held; a foreign contact looks the same as a missing one."""
        known = await work.contacts.get(contact_id)
        if known is None:
            raise NotFound("contact", contact_id)
        try:
            held = await self._held(work, known.customer_id)
        except NotFound as hidden:
            raise NotFound("contact", contact_id) from hidden
        if contact_id not in held.contacts:  # a merge has moved it while we waited for its customer
            moved = await work.contacts.get(contact_id)
            raise Stale("contact", contact_id, moved.version if moved else known.version)
        return held


@dataclass(frozen=True, slots=True)
class _Held:
    """A customer that is held, with its contacts as they are since."""

    settings: CustomerSettings
    customer: Customer
    contacts: Mapping[ContactId, Contact]


def _checked(
    profile: ContactProfile, contacts: Mapping[ContactId, Contact], before: Contact | None = None
) -> ContactProfile:
    """The profile in normal form. A superior who was archived since may stay one."""
    tidied = profile.tidied()
    stays = before is not None and tidied.reports_to == before.profile.reports_to
    faults = contact_faults(tidied, contacts)
    if stays:
        faults = [fault for fault in faults if fault.reason != "contact.archived"]
    if faults:
        raise Invalid(faults)
    return tidied


async def _keep(work: CustomerWork, held: _Held, change: ContactChange, action: str) -> KeptContact:
    if change.after is change.before:
        return KeptContact(change.after, held.customer)
    contacts = {**held.contacts, change.after.id: change.after}.values()
    figures = completeness(held.customer.profile, contacts, held.settings.key_fields)
    customer = held.customer.with_contacts_changed(figures, work.now)
    await keep_contact(work, customer, change, contacts, action)
    return KeptContact(change.after, customer)
