"""Read customers, as they are and as they were, within what the caller may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from chassis.authorization import Authorizer
from chassis.errors import NotFound
from chassis.pages import Cursor
from collab.application.customer_access import READ, CustomerAccess
from collab.application.customer_ports import (
    CompletenessCount,
    CompletenessGroup,
    CustomerFilter,
    CustomerUnitOfWork,
    CustomerVersion,
)
from collab.domain.customer import Customer
from collab.domain.customer_changes import FieldChange, changes_between
from collab.domain.customer_settings import CustomerSettings
from collab.domain.ids import CustomerId


@dataclass(frozen=True, slots=True)
class CustomerChange:
    """One version, and what differs in it from the one before."""

    version: CustomerVersion
    fields: Sequence[FieldChange]


@dataclass(frozen=True, slots=True)
class FoundCustomer:
    """A customer, and under which one it goes on now."""

    customer: Customer
    survivor_id: CustomerId


@dataclass(frozen=True, slots=True)
class CompletenessReport:
    """How well key fields are filled, with the settings that say what is key and where the line is."""

    counts: Sequence[CompletenessCount]
    settings: CustomerSettings


@dataclass(frozen=True, slots=True)
class CustomerFinder:
    """Answers what callers ask about customers."""

    unit_of_work: CustomerUnitOfWork
    authorizer: Authorizer
    access: CustomerAccess

    async def get(self, customer_id: CustomerId, as_of: datetime | None = None) -> FoundCustomer:
        """One customer as it is, or as it was at a moment. Who may see it is decided by its present owner.

        Raises:
            NotFound: there is none for this caller, or it was not there yet.
        """
        async with self.unit_of_work.begin() as work:
            present = await self.access.read(work, customer_id)
            survivor_id = (await work.customers.survivors([customer_id])).get(customer_id, customer_id)
            if as_of is None:
                return FoundCustomer(present, survivor_id)
            past = await work.customer_history.as_of(customer_id, as_of)
        if past is None:
            raise NotFound("customer", customer_id)
        return FoundCustomer(past, survivor_id)

    async def get_many(self, customer_ids: Sequence[CustomerId]) -> list[Customer]:
        """Those that exist for the caller, in the order asked for."""
        async with self.unit_of_work.begin() as work:
            found = {customer.id: customer for customer in await work.customers.get_many(customer_ids)}
        asked = [found[customer_id] for customer_id in dict.fromkeys(customer_ids) if customer_id in found]
        return [customer for customer in asked if self.access.may_read(customer)]

    async def page(self, wanted: CustomerFilter, after: Cursor | None, size: int) -> Sequence[Customer]:
        """Customers by the sound of their names, at most `size`."""
        async with self.unit_of_work.begin() as work:
            return await work.customers.page(wanted, self.authorizer.scope(READ), after, size)

    async def changes(self, customer_id: CustomerId, before: int | None, size: int) -> list[CustomerChange]:
        """What was changed in versions below `before`, the newest first, at most `size`.

        Raises:
            NotFound: there is no such customer for this caller.
        """
        async with self.unit_of_work.begin() as work:
            await self.access.read(work, customer_id)
            versions = await work.customer_history.before(customer_id, before, size + 1)
        earlier = [each.customer for each in versions[1:]]  # the first version of all has none before it
        changes = [
            CustomerChange(version, changes_between(past, version.customer))
            for version, past in zip_longest(versions, earlier)
        ]
        return changes[:size]

    async def completeness(self, group: CompletenessGroup) -> CompletenessReport:
        """How well key fields are filled, by owner or team, over the customers in use that the caller may see."""
        async with self.unit_of_work.begin() as work:
            settings = await work.customer_settings.get()
            counts = await work.customers.count_completeness(group, self.authorizer.scope(READ))
        return CompletenessReport(counts, settings)
