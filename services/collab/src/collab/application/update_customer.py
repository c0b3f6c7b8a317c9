"""Change fields of a customer's profile."""

from collections.abc import Callable
from dataclasses import dataclass

from chassis.errors import Invalid
from collab.application.create_customer import require_free_credit_code
from collab.application.customer_access import WRITE, CustomerAccess
from collab.application.customer_ports import CustomerUnitOfWork, CustomerWork
from collab.application.customer_upkeep import keep_change
from collab.domain.completeness import completeness
from collab.domain.customer import Customer
from collab.domain.customer_identity import identity_of
from collab.domain.customer_profile import CustomerProfile, profile_faults
from collab.domain.ids import CustomerId
from matching.keys import buckets, lock_keys


@dataclass(frozen=True, slots=True)
class UpdateCustomer:
    """What is to change."""

    customer_id: CustomerId
    version: int
    """As the caller saw it."""
    edit: Callable[[CustomerProfile], CustomerProfile]
    """The present profile with the new values in it."""


@dataclass(frozen=True, slots=True)
class UpdateCustomerHandler:
    """Fields that the command does not name stay as they are."""

    unit_of_work: CustomerUnitOfWork
    access: CustomerAccess

    async def __call__(self, command: UpdateCustomer) -> Customer:
        """Keeps the change and returns the customer.

        Raises:
            NotFound: there is none for this caller.
            Forbidden: the caller may not change it.
            Stale: it has changed since.
            CustomerIsArchived: it must be restored first.
            Invalid: names every field that cannot be.
            AlreadyExists: another customer has the credit code.
        """
        async with self.unit_of_work.begin() as work:
            settings = await work.customer_settings.share()
            before = await self.access.lock(work, command.customer_id, WRITE)
            before.require_version(command.version)
            profile = command.edit(before.profile).tidied()
            if faults := profile_faults(profile, settings.grade_codes, known_grade=before.profile.grade):
                raise Invalid(faults)
            if profile.credit_code != before.profile.credit_code:
                await _claim_credit_code(work, profile, before.id)
            contacts = await work.contacts.of([before.id])
            after = before.edited(profile, completeness(profile, contacts, settings.key_fields), work.now)
            await keep_change(work, before, after, "customer.update")
            return await work.answer(after)


async def _claim_credit_code(work: CustomerWork, profile: CustomerProfile, own_id: CustomerId) -> None:
    await work.customer_keys.hold(buckets(lock_keys(identity_of(profile)), work.tenant_id))
    await require_free_credit_code(work, profile.credit_code, own_id)
