"""Read contacts, and who stands how to whom, within what the caller may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.authorization import CONTACT_DATA
from chassis.pages import Cursor
from collab.application.customer_access import READ, CustomerAccess
from collab.application.customer_ports import CustomerUnitOfWork
from collab.domain.contact import Contact, DecisionRole, reporting_lines, unfilled_roles
from collab.domain.customer import Customer
from collab.domain.ids import ContactId, CustomerId


@dataclass(frozen=True, slots=True)
class FoundContacts:
    """Contacts of one customer, and the customer, by which their masking is decided."""

    customer: Customer
    contacts: Sequence[Contact]


@dataclass(frozen=True, slots=True)
class RelationshipGraph:
    """Who is who at a customer 关系图谱: contacts in use, who reports to whom, parts that nobody plays."""

    customer: Customer
    contacts: Sequence[Contact]
    lines: Sequence[tuple[ContactId, ContactId]]
    unfilled: Sequence[DecisionRole]


@dataclass(frozen=True, slots=True)
class ContactFinder:
    """Answers what callers ask about contacts."""

    unit_of_work: CustomerUnitOfWork
    access: CustomerAccess

    async def page(
        self, customer_id: CustomerId, after: Cursor | None, size: int, *, with_archived: bool
    ) -> FoundContacts:
        """Contacts of a customer, or of its survivor where it was merged, the oldest first, at most `size`.

        Raises:
            NotFound: there is no such customer for this caller.
        """
        async with self.unit_of_work.begin() as work:
            customer = await self.access.survivor(work, customer_id)
            contacts = await work.contacts.page(customer.id, after, size, with_archived=with_archived)
        return FoundContacts(customer, contacts)

    async def search(self, beginning: str, size: int) -> Sequence[tuple[Contact, Customer]]:
        """Contacts in use with a key that begins so, nearest first, at most `size`, each with its customer.

        Only those whose name and phone the caller sees in clear: what is found tells what it is called.
        """
        scopes = [self.access.authorizer.scope(permission) for permission in (READ, CONTACT_DATA)]
        async with self.unit_of_work.begin() as work:
            return await work.contacts.search(beginning, scopes, size)

    async def graph(self, customer_id: CustomerId) -> RelationshipGraph:
        """Who is who at a customer.

        Raises:
            NotFound: there is no such customer for this caller.
        """
        async with self.unit_of_work.begin() as work:
            customer = await self.access.survivor(work, customer_id)
            everybody = await work.contacts.of([customer.id])
        in_use = [contact for contact in everybody if not contact.is_archived]
        return RelationshipGraph(customer, in_use, reporting_lines(in_use), unfilled_roles(in_use))
