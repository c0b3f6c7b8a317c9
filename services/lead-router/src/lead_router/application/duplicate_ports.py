"""What keeping suspected duplicates needs from outside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from chassis.authorization import Scope
from chassis.pages import Cursor
from lead_router.application.stored_lead import StoredLead
from lead_router.domain.ids import DuplicateId, LeadId, PersonId
from lead_router.domain.lead_duplicate import DuplicateState, LeadDuplicate
from matching.identity import NormalisedIdentity


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """A pair with its two leads as they stand."""

    duplicate: LeadDuplicate
    lead: StoredLead
    other: StoredLead


@dataclass(frozen=True, slots=True)
class DuplicateFilter:
    """Which pairs are wanted; None for all."""

    lead_id: LeadId | None = None
    state: DuplicateState | None = None


class LeadDuplicates(Protocol):
    """The suspected duplicates of the tenant."""

    async def alike(self, lead_id: LeadId, keys: Iterable[int]) -> Mapping[LeadId, Sequence[NormalisedIdentity]]:
        """Other leads that carry one of its keys, each with all identities it unites; bounded."""
        ...

    async def identities(self, lead_id: LeadId) -> Sequence[NormalisedIdentity]:
        """How the lead itself is known; none where it is not there."""
        ...

    async def known(self, lead_id: LeadId) -> frozenset[LeadId]:
        """Leads that stand in a pair with the lead already, whatever was decided."""
        ...

    async def add(self, pair: LeadDuplicate) -> bool:
        """Keeps a new pair; False where another consumer found it first."""
        ...

    async def lock(self, duplicate_id: DuplicateId) -> LeadDuplicate | None:
        """The pair, held until the transaction ends, or None."""
        ...

    async def save(self, duplicate: LeadDuplicate) -> None:
        """Writes a pair that was locked in this transaction."""
        ...

    async def page(
        self, wanted: DuplicateFilter, scope: Scope, after: Cursor | None, size: int
    ) -> Sequence[LeadDuplicate]:
        """Pairs with a lead that the scope includes, newest first, after the cursor, at most `size`."""
        ...


class DuplicateOutbox(Protocol):
    """Facts about pairs that leave with the transaction."""

    def suspected(self, duplicate: LeadDuplicate, people: Iterable[str], teams: Iterable[str]) -> None:
        """A pair was found; these people and teams are shown it where it is to be shown."""
        ...

    def dismissed(self, duplicate: LeadDuplicate, by: PersonId) -> None:
        """A person dismissed it."""
        ...
