"""Fulfil the items of an opportunity's checklists, by a tick or by what shows it; take one back."""

from dataclasses import dataclass

from chassis.authorization import Authorizer
from chassis.errors import Invalid, Violation
from chassis.files.file import FileId
from chassis.files.ports import Referrers
from chassis.files.references import refer, release, usable_files
from pipeline.application.opportunity_changes import actor, audited, held, keep
from pipeline.application.ports import UnitOfWork, Work
from pipeline.application.referrers import OPPORTUNITIES
from pipeline.domain.ids import OpportunityId
from pipeline.domain.opportunity import Opportunity
from pipeline.domain.stage_gate import Evidence


@dataclass(frozen=True, slots=True)
class TickItem:
    """An item that was done."""

    opportunity_id: OpportunityId
    version: int
    item_code: str
    note: str


@dataclass(frozen=True, slots=True)
class AttachEvidence:
    """What shows that an item was done: a file, or a record elsewhere."""

    opportunity_id: OpportunityId
    version: int
    item_code: str
    evidence: Evidence
    note: str


@dataclass(frozen=True, slots=True)
class ClearItem:
    """An item that was not done after all."""

    opportunity_id: OpportunityId
    version: int
    item_code: str


@dataclass(frozen=True, slots=True)
class ChecklistDesk:
    """All methods raise NotFound for a foreign opportunity, Stale for an older version, OpportunityStateForbids for a
    closed one and Invalid for an item that is none or asks for something else."""

    unit_of_work: UnitOfWork
    authorizer: Authorizer
    referrers: Referrers

    async def tick(self, command: TickItem) -> Opportunity:
        """Marks the item as done."""
        async with self.unit_of_work.begin() as work:
            opportunity = await held(work, self.authorizer, command.opportunity_id, command.version)
            before, files = audited(opportunity), opportunity.evidence_files
            opportunity.tick(command.item_code, note=command.note, by=actor(), at=work.now)
            await _follow_files(work, opportunity, files)
            return await keep(work, opportunity, action="opportunity.tick", before=before)

    async def attach(self, command: AttachEvidence) -> Opportunity:
        """Fulfils the item by the evidence, which takes the place of any before it.

        Raises:
            Invalid: beside the item's own faults, a file that is unknown, not ready or of another kind.
        """
        async with self.unit_of_work.begin() as work:
            opportunity = await held(work, self.authorizer, command.opportunity_id, command.version)
            before, files = audited(opportunity), opportunity.evidence_files
            faults = await self._file_faults(work, command.evidence)
            try:
                opportunity.attach(command.item_code, command.evidence, note=command.note, by=actor(), at=work.now)
            except Invalid as refused:
                raise Invalid([*refused.violations, *faults]) from refused
            if faults:
                raise Invalid(faults)
            await _follow_files(work, opportunity, files)
            return await keep(work, opportunity, action="opportunity.attach_evidence", before=before)

    async def clear(self, command: ClearItem) -> Opportunity:
        """Takes the fulfilment back; where there was none the opportunity stays as it is."""
        async with self.unit_of_work.begin() as work:
            opportunity = await held(work, self.authorizer, command.opportunity_id, command.version)
            before, files = audited(opportunity), opportunity.evidence_files
            opportunity.clear(command.item_code, at=work.now)
            await _follow_files(work, opportunity, files)
            return await keep(work, opportunity, action="opportunity.clear_item", before=before)

    async def _file_faults(self, work: Work, evidence: Evidence) -> list[Violation]:
        if not evidence.file_id:
            return []
        wanted = {"file_id": FileId(evidence.file_id)}
        _, faults = await usable_files(work, self.authorizer, self.referrers, wanted, kind=evidence.kind)
        return faults


async def _follow_files(work: Work, opportunity: Opportunity, before: frozenset[str]) -> None:
    """Keeps the references to files in step with the evidence; one that is evidence no longer may go."""
    resource, now = f"{OPPORTUNITIES}/{opportunity.id}", opportunity.evidence_files
    if added := sorted(now - before):
        await refer(work, [FileId(one) for one in added], resource)
    for left in sorted(before - now):
        await release(work, FileId(left), resource)
