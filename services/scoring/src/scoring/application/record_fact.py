"""Keep a fact in the warehouse and add what it tells to the funnel."""

from dataclasses import dataclass

from scoring.application.ports import UnitOfWork
from scoring.domain.customer_progress import CustomerProgress
from scoring.domain.fact import Fact
from scoring.domain.lead_progress import LeadProgress
from scoring.domain.opportunity_progress import OpportunityProgress


@dataclass(frozen=True, slots=True)
class RecordFact:
    """A fact, and what it tells of a lead, an opportunity or a customer; None where it tells nothing."""

    fact: Fact
    told: LeadProgress | OpportunityProgress | CustomerProgress | None


@dataclass(frozen=True, slots=True)
class RecordFactHandler:
    """Idempotent: a fact that is there already changes nothing, whoever brings it again."""

    unit_of_work: UnitOfWork

    async def __call__(self, command: RecordFact) -> None:
        """Keeps the fact."""
        async with self.unit_of_work.begin() as work:
            if not await work.warehouse.add(command.fact):
                return
            match command.told:
                case LeadProgress():
                    await work.funnels.note(command.told)
                case OpportunityProgress():
                    await work.funnels.note_opportunity(command.told)
                case CustomerProgress():
                    await work.customers.note(command.told)
