"""Reps and their fairness groups that a transaction holds: leads are counted for them and taken off again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from chassis.ids import new_id
from lead_router.application.ports import Work
from lead_router.application.stored_lead import StoredLead
from lead_router.domain.ids import EntryId, GroupId, RepId
from lead_router.domain.rep import Rep
from lead_router.domain.routing.ledger import GroupAccount, credit, reverse


@dataclass(slots=True)
class RepAccounts:
    """Locked rows. Leads are to be locked before, so that every transaction locks in the same order."""

    work: Work
    reps: dict[RepId, Rep] = field(default_factory=dict)
    groups: dict[GroupId, GroupAccount] = field(default_factory=dict)

    @classmethod
    async def hold(cls, work: Work, rep_ids: Iterable[RepId]) -> "RepAccounts":
        """Those of the reps that exist with their groups, the groups locked first."""
        seen = [rep for rep in [await work.reps.get(rep_id) for rep_id in dict.fromkeys(rep_ids)] if rep is not None]
        groups = await work.reps.lock_groups({rep.account.group_id for rep in seen})
        return cls(work, await work.reps.lock(rep.id for rep in seen), groups)

    async def give(self, rep: Rep, stored: StoredLead, *, credited: int, today: date) -> None:
        """Counts a lead for the rep, and in the ledger as an override of the ranking.

        Args:
            credited: what the ledger counts, in hundredths.
            today: the tenant's day.
        """
        posting = credit(
            self.groups[rep.account.group_id],
            rep.account,
            worth=credited,
            lead_id=stored.lead.id,
            entry_id=EntryId(new_id()),
            is_override=True,
        )
        rep.account, self.groups[rep.account.group_id] = posting.rep, posting.group
        rep.load = rep.load.taken(stored.worth, at=self.work.now, day=today)
        await self.work.reps.add_entries([posting.entry])

    async def take_off(self, rep_id: RepId, stored: StoredLead, *, keeps_credit: bool = False) -> None:
        """The rep has room again; unless the ledger is to count the lead all the same, its credit is taken back."""
        rep = self.reps.get(rep_id)
        if rep is None:
            return
        rep.load = rep.load.given_back(stored.worth)
        if keeps_credit:
            return
        first = (await self.work.reps.open_entries([stored.lead.id])).get(stored.lead.id)
        if first is not None and first.rep_id == rep.id and first.group_id == rep.account.group_id:
            group = self.groups[rep.account.group_id]
            posting = reverse(group, rep.account, first=first, entry_id=EntryId(new_id()))
            rep.account, self.groups[rep.account.group_id] = posting.rep, posting.group
            await self.work.reps.add_entries([posting.entry])

    async def save(self) -> None:
        """Writes all that is held."""
        await self.work.reps.save(self.reps.values(), self.groups.values())
