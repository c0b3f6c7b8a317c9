"""What the use cases of the timeline need from outside, in the words of the domain."""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from chassis.ids import PersonId, TenantId
from chassis.pages import Cursor
from collab.application.customer_ports import CustomerWork
from collab.domain.ids import CustomerId, LeadId
from collab.domain.timeline import Place, TimelineEntry, TimelineFilter


class Timeline(Protocol):
    """The timelines of the tenant's customers."""

    async def add(self, entry: TimelineEntry) -> None:
        """Keeps an entry; one that is there already stays. One that has its customer from its lead gets it."""
        ...

    async def link(self, lead_id: LeadId, customer_id: CustomerId | None, at: datetime) -> None:
        """Gives what is and will be told of a lead to a customer; None takes it back. What was decided last counts."""
        ...

    async def page(
        self, customer_ids: Collection[CustomerId], wanted: TimelineFilter, before: Cursor | None, size: int
    ) -> Sequence[TimelineEntry]:
        """Entries of these customers, newest first, after the cursor, at most `size`."""
        ...


class TimelineWork(CustomerWork, Protocol):
    """What one transaction offers."""

    @property
    def timeline(self) -> Timeline:
        """The timelines."""
        ...


class TimelineUnitOfWork(Protocol):
    """Begins transactions of the running request's tenant."""

    def begin(self) -> AbstractAsyncContextManager[TimelineWork]:
        """One transaction; leaving by an exception rolls it back."""
        ...


class Places(Protocol):
    """Where people stand in the company."""

    async def of(self, tenant_id: TenantId, person_id: PersonId) -> Place:
        """The person's department and roles now; nowhere for somebody who is not known."""
        ...
