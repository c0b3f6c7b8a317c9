"""What the use cases of public pools need from outside."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from chassis.authorization import Scope
from chassis.pages import Cursor
from lead_router.application.stored_lead import StoredLead
from lead_router.domain.ids import LeadId, PoolId, RepId
from lead_router.domain.pool import Departure, Pool

MOST_POOLS = 100


class Offers(Protocol):
    """Offers that wait for an answer."""

    async def page(self, scope: Scope, after: Cursor | None, size: int) -> Sequence[StoredLead]:
        """Offered leads that the scope includes, by expiry and id, after the cursor, at most `size`."""
        ...


class Pools(Protocol):
    """The pools of the tenant, who claimed and saw what, and who left what to a pool."""

    async def all(self) -> Sequence[Pool]:
        """All pools by name, without counts; there are at most `MOST_POOLS`."""
        ...

    async def counted(self) -> Sequence[Pool]:
        """All pools by name, with how many leads are in each."""
        ...

    async def get(self, pool_id: PoolId) -> Pool | None:
        """The pool, or None."""
        ...

    async def hold(self) -> None:
        """Lets nobody else change pools until the transaction ends."""
        ...

    async def put(self, pool: Pool) -> None:
        """Keeps a pool in place of an earlier version."""
        ...

    async def leads(self, pool_id: PoolId, after: Cursor | None, size: int) -> Sequence[StoredLead]:
        """Leads of a pool by the time they came and id, after the cursor, at most `size`."""
        ...

    async def owned_after(self, after: LeadId | None, size: int) -> Sequence[StoredLead]:
        """Owned leads by id, after one, at most `size`."""
        ...

    async def count_claim(self, pool_id: PoolId, rep_id: RepId, day: date, limit: int) -> int | None:
        """Counts one more claim of that day; returns how many there are now, or None where that would pass the limit.

        Exact under any number of concurrent claims. A limit of 0 is none.
        """
        ...

    async def count_view(self, pool_id: PoolId, rep_id: RepId, lead_id: LeadId, day: date, limit: int) -> int | None:
        """As `count_claim` for looking at a lead, which counts once a day."""
        ...

    async def departed(self, departure: Departure) -> None:
        """Remembers that a rep left a lead."""
        ...

    async def left_at(self, lead_id: LeadId, rep_id: RepId) -> datetime | None:
        """When the rep last left the lead to a pool; None where that never happened."""
        ...
