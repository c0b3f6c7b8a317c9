"""Take back what an import brought: new leads are rejected, joins are taken off, worked leads stay."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.ids import new_id
from lead_router.application.ports import Work
from lead_router.application.stored_lead import StoredLead
from lead_router.application.timer_names import FOLLOW_UP_DEADLINE, OFFER_EXPIRES, RESPONSE_WARNING
from lead_router.domain.events import LeadParted
from lead_router.domain.ids import EntryId, ImportId, LeadId, RepId
from lead_router.domain.lead_import import ImportRow, RowOutcome
from lead_router.domain.lead_state import OPEN, LeadState
from lead_router.domain.routing.ledger import LedgerEntry, reverse

IMPORT_UNDONE = "IMPORT_UNDONE"
_BATCH = 500


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Goes over an import's rows in the transaction of the caller."""

    async def __call__(self, work: Work, import_id: ImportId) -> tuple[int, int]:
        """How many submissions were taken back, and how many leads were kept since work was done on them."""
        undone = kept = after = 0
        while rows := await work.imports.page(import_id, "", after, _BATCH):
            after = rows[-1].row_number
            done = await self._take_back(work, [row for row in rows if row.outcome is not RowOutcome.REJECTED])
            undone += done
            kept += sum(row.outcome is not RowOutcome.REJECTED for row in rows) - done
        return undone, kept

    async def _take_back(self, work: Work, rows: Sequence[ImportRow]) -> int:
        wanted = {lead for row in rows for lead in (row.submission_id, row.lead_id) if lead is not None}
        leads = await work.leads.lock_many(wanted)
        rejected: list[StoredLead] = []
        changed: dict[LeadId, StoredLead] = {}
        freed: list[tuple[LeadId, RepId]] = []
        for row in rows:
            if row.submission_id is None or (stored := leads.get(row.submission_id)) is None:
                continue
            if row.outcome is RowOutcome.JOINED:
                root = leads.get(row.lead_id) if row.lead_id else None
                if stored.lead.state is LeadState.MERGED and root is not None:
                    stored.lead.part(at=work.now)
                    root.lead.let_go(stored.lead.id, source=stored.lead.details.origin.source, at=work.now)
                    changed[root.lead.id] = root
                else:
                    continue
            elif not _is_untouched(stored):
                continue
            if stored.lead.holder is not None:
                freed.append((stored.lead.id, stored.lead.holder.rep_id))
            stored.lead.reject(IMPORT_UNDONE, at=work.now)
            stored.response_due_at = stored.follow_up_due_at = None
            rejected.append(stored)
        await self._free(work, freed)
        await self._save(work, rejected, changed)
        return len(rejected)

    async def _free(self, work: Work, freed: Sequence[tuple[LeadId, RepId]]) -> None:
        """Owners have room again, and the credit of the leads is taken back."""
        seen = [rep for rep in [await work.reps.get(rep) for rep in sorted({rep for _, rep in freed})] if rep]
        groups = await work.reps.lock_groups({rep.account.group_id for rep in seen})
        reps = await work.reps.lock(rep.id for rep in seen)
        entries = await work.reps.open_entries(lead_id for lead_id, _ in freed)
        reversals: list[LedgerEntry] = []
        for lead_id, rep_id in freed:
            rep, first = reps[rep_id], entries.get(lead_id)
            rep.load = rep.load.released()
            if first is not None and first.rep_id == rep_id and first.group_id == rep.account.group_id:
                group = groups[rep.account.group_id]
                posting = reverse(group, rep.account, first=first, entry_id=EntryId(new_id()))
                rep.account, groups[rep.account.group_id] = posting.rep, posting.group
                reversals.append(posting.entry)
        await work.reps.save(reps.values(), groups.values())
        await work.reps.add_entries(reversals)

    async def _save(self, work: Work, rejected: Sequence[StoredLead], changed: dict[LeadId, StoredLead]) -> None:
        gone = [stored.lead.id for stored in rejected]
        saved = {stored.lead.id: stored for stored in rejected} | changed
        await work.leads.save_many(list(saved.values()))
        await work.timers.cancel_many(RESPONSE_WARNING, [str(lead_id) for lead_id in gone])
        await work.timers.cancel_many(FOLLOW_UP_DEADLINE, [str(lead_id) for lead_id in gone])
        await work.timers.cancel_many(OFFER_EXPIRES, [str(lead_id) for lead_id in gone])
        for stored in saved.values():
            for event in stored.lead.pull_events():
                if not isinstance(event, LeadParted):  # the lead it was joined to tells of it
                    work.outbox.append(event)


def _is_untouched(stored: StoredLead) -> bool:
    """Whether nobody has done anything with the lead but hold it, or let it lie in a pool."""
    lead = stored.lead
    return lead.state in OPEN and lead.clocks.last_follow_up_at is None and lead.touches == 1
