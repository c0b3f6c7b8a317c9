"""Keep a fact in the warehouse and add what it tells to the funnel."""

from dataclasses import dataclass

from scoring.application.ports import UnitOfWork
from scoring.domain.fact import Fact
from scoring.domain.lead_progress import LeadProgress


@dataclass(frozen=True, slots=True)
class RecordFact:
    """A fact, and what it tells of a lead; None where it tells nothing."""

    fact: Fact
    told: LeadProgress | None


@dataclass(frozen=True, slots=True)
class RecordFactHandler:
    """Idempotent: a fact that is there already changes nothing, whoever brings it again."""

    unit_of_work: UnitOfWork

    async def __call__(self, command: RecordFact) -> None:
        """Keeps the fact."""
        async with self.unit_of_work.begin() as work:
            if await work.warehouse.add(command.fact) and command.told is not None:
                await work.funnels.note(command.told)
