"""Keep facts in the warehouse and add what they tell to the funnel."""

from collections.abc import Sequence
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
class RecordFactsHandler:
    """Idempotent: a fact that is there already changes nothing, whoever brings it again."""

    unit_of_work: UnitOfWork

    async def __call__(self, commands: Sequence[RecordFact]) -> None:
        """Keeps the facts."""
        async with self.unit_of_work.begin() as work:
            added = await work.warehouse.add([command.fact for command in commands])
            told = [command.told for command in commands if command.fact.event_id in added]
            await work.funnels.note([each for each in told if isinstance(each, LeadProgress)])
            await work.funnels.note_opportunities([each for each in told if isinstance(each, OpportunityProgress)])
            await work.customers.note([each for each in told if isinstance(each, CustomerProgress)])
