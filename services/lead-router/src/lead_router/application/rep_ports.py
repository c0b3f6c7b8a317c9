"""What the use cases of reps and of the fairness ledger need from outside."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from lead_router.domain.ids import GroupId, LeadId, RepId
from lead_router.domain.rep import Rep
from lead_router.domain.routing.ledger import GroupAccount, LedgerEntry


class RepChanges(Protocol):
    """Reps and groups that changed."""

    @property
    def reps(self) -> Sequence[Rep]: ...

    @property
    def groups(self) -> Sequence[GroupAccount]: ...

    @property
    def horizon(self) -> int: ...


class Reps(Protocol):
    """The reps of the tenant with their fairness groups. Groups are locked before reps, both in the order of ids."""

    async def changed_since(self, horizon: int) -> RepChanges:
        """Everything that changed since a horizon, and the next one; 0 for everything."""
        ...

    async def get(self, rep_id: RepId) -> Rep | None:
        """The rep, or None."""
        ...

    async def find(self, rep_id: RepId) -> tuple[Rep, GroupAccount] | None:
        """The rep with the account of its group, or None."""
        ...

    async def page(self, team_id: str, after: str, size: int) -> Sequence[tuple[Rep, GroupAccount]]:
        """Reps by id after `after`, at most `size`, each with the account of its group."""
        ...

    async def lock_groups(self, group_ids: Iterable[GroupId]) -> dict[GroupId, GroupAccount]:
        """The accounts, made where there are none, held until the transaction ends."""
        ...

    async def lock(self, rep_ids: Iterable[RepId]) -> dict[RepId, Rep]:
        """The reps, held until the transaction ends."""
        ...

    async def lock_free(self, rep_ids: Iterable[RepId]) -> dict[RepId, Rep]:
        """Those of the reps that nobody else holds, held until the transaction ends."""
        ...

    async def add(self, rep: Rep) -> None:
        """Keeps a new rep."""
        ...

    async def save(self, reps: Iterable[Rep], groups: Iterable[GroupAccount] = ()) -> None:
        """Writes reps and groups that were locked in this transaction."""
        ...

    async def save_loads(self, reps: Iterable[Rep], groups: Iterable[GroupAccount]) -> None:
        """As `save`, for moves that change no more than what the reps carry and are owed."""
        ...

    async def add_entries(self, entries: Sequence[LedgerEntry]) -> None:
        """Keeps entries of the ledger."""
        ...

    async def open_entries(self, lead_ids: Iterable[LeadId]) -> Mapping[LeadId, LedgerEntry]:
        """By lead the newest credit that has not been taken back; a rep who declined may keep an older one."""
        ...
