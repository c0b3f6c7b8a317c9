"""Read which customers were made one."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.pages import Cursor
from collab.application.customer_access import CustomerAccess
from collab.application.customer_ports import CustomerUnitOfWork
from collab.domain.customer_merge import CustomerMerge
from collab.domain.ids import CustomerId


@dataclass(frozen=True, slots=True)
class MergeFinder:
    """Who sees a customer sees its merges."""

    unit_of_work: CustomerUnitOfWork
    access: CustomerAccess

    async def page(self, customer_id: CustomerId, after: Cursor | None, size: int) -> Sequence[CustomerMerge]:
        """Merges of a customer and of all that stand with it, newest first, at most `size`.

        Raises:
            NotFound: there is no such customer for this caller.
        """
        async with self.unit_of_work.begin() as work:
            await self.access.read(work, customer_id)
            survivor_id = (await work.customers.survivors([customer_id])).get(customer_id, customer_id)
            return await work.customer_merges.page(await work.customers.family(survivor_id), after, size)
