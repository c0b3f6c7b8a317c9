"""Give a customer to another owner, archive it, bring it back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from chassis.ids import PersonId
from collab.application.customer_access import ASSIGN, WRITE, CustomerAccess
from collab.application.customer_ports import CustomerUnitOfWork, CustomerWork
from collab.application.customer_upkeep import keep_change
from collab.domain.customer import Customer
from collab.domain.ids import CustomerId


@dataclass(frozen=True, slots=True)
class _Move:
    """What a move needs, what it does, and how the audit calls it."""

    permission: str
    action: str
    carry_out: Callable[[CustomerWork, Customer], Awaitable[Customer]]


async def _archived(work: CustomerWork, customer: Customer) -> Customer:
    return customer.archived(work.now)


async def _restored(work: CustomerWork, customer: Customer) -> Customer:
    return customer.restored(work.now)


_ARCHIVE = _Move(WRITE, "customer.archive", _archived)
_RESTORE = _Move(WRITE, "customer.restore", _restored)


@dataclass(frozen=True, slots=True)
class AssignCustomer:
    """Who is to own it, and why."""

    customer_id: CustomerId
    version: int
    """As the caller saw it."""
    owner_id: PersonId
    reason: str


@dataclass(frozen=True, slots=True)
class CustomerMover:
    """Moves that change no field of the profile."""

    unit_of_work: CustomerUnitOfWork
    access: CustomerAccess

    async def assign(self, command: AssignCustomer) -> Customer:
        """Keeps the new owner and returns the customer.

        Raises:
            NotFound: there is none for this caller.
            Forbidden: the caller may not give it away, or not to this person.
            Stale: it has changed since.
            CustomerIsArchived: it must be restored first.
            Invalid: there is no such active person.
        """

        async def given(work: CustomerWork, customer: Customer) -> Customer:
            return customer.assigned(await self.access.new_owner(work, command.owner_id), work.now)

        move = _Move(ASSIGN, "customer.assign", given)
        return await self._carry_out(move, command.customer_id, command.version, command.reason.strip())

    async def archive(self, customer_id: CustomerId, version: int) -> Customer:
        """Takes the customer out of daily use and returns it; one that is archived stays so.

        Raises:
            NotFound: there is none for this caller.
            Forbidden: the caller may not change it.
            Stale: it has changed since.
        """
        return await self._carry_out(_ARCHIVE, customer_id, version)

    async def restore(self, customer_id: CustomerId, version: int) -> Customer:
        """Brings the customer back and returns it; one that is in use stays so. Errors as for `archive`."""
        return await self._carry_out(_RESTORE, customer_id, version)

    async def _carry_out(self, move: _Move, customer_id: CustomerId, version: int, reason: str = "") -> Customer:
        async with self.unit_of_work.begin() as work:
            before = await self.access.lock(work, customer_id, move.permission)
            before.require_version(version)
            after = await move.carry_out(work, before)
            await keep_change(work, before, after, move.action, reason)
            return await work.answer(after)
