"""Who may see and change which customer, in the same words for every use case."""

from dataclasses import dataclass

from chassis import context
from chassis.authorization import Authorizer, Resource
from chassis.errors import Invalid, NotFound, Violation
from chassis.ids import PersonId
from collab.application.customer_ports import CustomerWork, ReadsCustomers
from collab.domain.customer import Customer, CustomerOwner
from collab.domain.ids import CustomerId

READ, WRITE, ASSIGN, MERGE = "customer.read", "customer.write", "customer.assign", "customer.merge"


def resource_of(customer: Customer) -> Resource:
    """What authorisation looks at in a customer."""
    owner = customer.owner
    return Resource(owner.person_id, owner.team_id) if owner else Resource()


@dataclass(frozen=True, slots=True)
class CustomerAccess:
    """A customer that the caller may not see is answered as one that is not there."""

    authorizer: Authorizer

    def may_read(self, customer: Customer) -> bool:
        """Whether the caller sees it."""
        return self.authorizer.allows(READ, resource_of(customer))

    async def read(self, work: CustomerWork, customer_id: CustomerId) -> Customer:
        """A customer that the caller may see. One that was merged is seen by those too who see its survivor.

        Raises:
            NotFound: there is none for this caller.
        """
        customer = await work.customers.get(customer_id)
        if customer is not None and customer.merged_into is not None and not self.may_read(customer):
            await self.survivor(work, customer_id)
            return customer
        return self._visible(customer_id, customer)

    async def survivor(self, work: ReadsCustomers, customer_id: CustomerId) -> Customer:
        """The customer under which one goes on that the caller may see, itself or its survivor.

        Raises:
            NotFound: there is none for this caller.
        """
        survivor_id = (await work.customers.survivors([customer_id])).get(customer_id, customer_id)
        return self._visible(customer_id, await work.customers.get(survivor_id))

    def require_seen(self, customer: Customer) -> None:
        """Answers a customer that the caller may not see as one that is not there.

        Raises:
            NotFound: the caller may not see it.
        """
        self._visible(customer.id, customer)

    async def lock(self, work: CustomerWork, customer_id: CustomerId, permission: str) -> Customer:
        """A customer that the caller may change in this way, held until the transaction ends.

        Raises:
            NotFound: there is none that this caller may see.
            Forbidden: the caller sees it and may not change it.
        """
        customer = self._visible(customer_id, await work.customers.lock(customer_id))
        self.authorizer.require(permission, resource_of(customer))
        return customer

    async def first_owner(self, work: CustomerWork, owner_id: PersonId | None) -> CustomerOwner | None:
        """Who is to own a new customer: the person named, else the caller; nobody where a service names nobody.

        Raises:
            Invalid: there is no such active person.
            Forbidden: it is somebody to whom the caller may give no customers.
        """
        caller = context.current().principal.person_id
        wanted = owner_id or caller
        if wanted is None:
            return None
        return await (known_owner(work, wanted) if wanted == caller else self.new_owner(work, wanted))

    async def new_owner(self, work: CustomerWork, person_id: PersonId) -> CustomerOwner:
        """Somebody to whom the caller may give customers.

        Raises:
            Invalid: there is no such active person.
            Forbidden: the caller may give this person none.
        """
        owner = await known_owner(work, person_id)
        self.authorizer.require(ASSIGN, Resource(owner.person_id, owner.team_id))
        return owner

    def _visible(self, customer_id: CustomerId, customer: Customer | None) -> Customer:
        if customer is None:
            raise NotFound("customer", customer_id)
        self.authorizer.require_visible(READ, resource_of(customer), kind="customer", id=customer_id)
        return customer


async def known_owner(work: CustomerWork, person_id: PersonId) -> CustomerOwner:
    """The person as an owner, with the present team.

    Raises:
        Invalid: there is no such active person.
    """
    person = await work.people.get(person_id)
    if person is None:
        raise Invalid([Violation("owner_id", "person.unknown", f"there is nobody with id {person_id}")])
    if not person.is_active:
        raise Invalid([Violation("owner_id", "person.inactive", f"{person_id} was deactivated")])
    return CustomerOwner(person.id, person.team_id)
