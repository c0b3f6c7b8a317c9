"""Make a customer, unless one with its credit code is there; say which others it may be."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.errors import AlreadyExists, Invalid
from chassis.ids import PersonId, new_id
from collab.application.customer_access import CustomerAccess
from collab.application.customer_ports import CustomerUnitOfWork, CustomerWork
from collab.application.customer_upkeep import keep_new
from collab.application.match_customers import FoundMatch, held_against_customers
from collab.domain.completeness import completeness
from collab.domain.customer import Customer
from collab.domain.customer_identity import identity_of
from collab.domain.customer_profile import CustomerProfile, profile_faults
from collab.domain.ids import CustomerId
from matching.keys import buckets, lock_keys


@dataclass(frozen=True, slots=True)
class CreateCustomer:
    """A customer as somebody states it."""

    profile: CustomerProfile
    owner_id: PersonId | None = None
    """None for the caller."""


@dataclass(frozen=True, slots=True)
class CreatedCustomer:
    """The new customer, and those that it may be."""

    customer: Customer
    suggestions: Sequence[FoundMatch]


@dataclass(frozen=True, slots=True)
class CreateCustomerHandler:
    """Two equal ones at the same instant: the locks on their keys let the second see the first."""

    unit_of_work: CustomerUnitOfWork
    access: CustomerAccess

    async def __call__(self, command: CreateCustomer) -> CreatedCustomer:
        """Keeps the customer and returns it.

        Raises:
            Invalid: names every field that cannot be.
            AlreadyExists: a customer, archived or not, has the credit code.
            Forbidden: the caller may not give customers to that owner.
        """
        profile = command.profile.tidied()
        async with self.unit_of_work.begin() as work:
            settings = await work.customer_settings.share()
            if faults := profile_faults(profile, settings.grade_codes):
                raise Invalid(faults)
            owner = await self.access.first_owner(work, command.owner_id)
            record = identity_of(profile)
            await work.customer_keys.hold(buckets(lock_keys(record), work.tenant_id))
            await require_free_credit_code(work, profile.credit_code)
            verdict = await held_against_customers(work, record)
            customer = Customer(
                id=CustomerId(new_id()),
                profile=profile,
                owner=owner,
                completeness=completeness(profile, (), settings.key_fields),
                created_at=work.now,
                updated_at=work.now,
            )
            await keep_new(work, customer)
            return await work.answer(CreatedCustomer(customer, verdict.likely))


async def require_free_credit_code(work: CustomerWork, credit_code: str, own_id: CustomerId | None = None) -> None:
    """Refuses a credit code that a customer has, unless that is one's own. The lock on its key must be held.

    Raises:
        AlreadyExists: with the id of that customer.
    """
    taken_by = await work.customers.with_credit_code(credit_code) if credit_code else None
    if taken_by is not None and taken_by != own_id:
        raise AlreadyExists("customer", taken_by)
