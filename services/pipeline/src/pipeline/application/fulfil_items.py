"""Fulfil the items of an opportunity's checklists, by a tick or by what shows it; take one back."""

from dataclasses import dataclass

from chassis.authorization import Authorizer
from pipeline.application.opportunity_changes import actor, audited, held, keep
from pipeline.application.ports import UnitOfWork
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
    """What shows that an item was done."""

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

    async def tick(self, command: TickItem) -> Opportunity:
        """Marks the item as done."""
        async with self.unit_of_work.begin() as work:
            opportunity = await held(work, self.authorizer, command.opportunity_id, command.version)
            before = audited(opportunity)
            opportunity.tick(command.item_code, note=command.note, by=actor(), at=work.now)
            return await keep(work, opportunity, action="opportunity.tick", before=before)

    async def attach(self, command: AttachEvidence) -> Opportunity:
        """Fulfils the item by the evidence, which takes the place of any before it."""
        async with self.unit_of_work.begin() as work:
            opportunity = await held(work, self.authorizer, command.opportunity_id, command.version)
            before = audited(opportunity)
            opportunity.attach(command.item_code, command.evidence, note=command.note, by=actor(), at=work.now)
            return await keep(work, opportunity, action="opportunity.attach_evidence", before=before)

    async def clear(self, command: ClearItem) -> Opportunity:
        """Takes the fulfilment back; where there was none the opportunity stays as it is."""
        async with self.unit_of_work.begin() as work:
            opportunity = await held(work, self.authorizer, command.opportunity_id, command.version)
            before = audited(opportunity)
            opportunity.clear(command.item_code, at=work.now)
            return await keep(work, opportunity, action="opportunity.clear_item", before=before)
