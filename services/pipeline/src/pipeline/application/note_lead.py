"""Keep what the router tells of a lead."""

from dataclasses import dataclass

from pipeline.application.ports import UnitOfWork
from pipeline.domain.lead_standing import LeadStanding


@dataclass(frozen=True, slots=True)
class NoteLead:
    """What an event told, and the version of the lead it told of."""

    standing: LeadStanding
    version: int


@dataclass(frozen=True, slots=True)
class NoteLeadHandler:
    """Repeated and late events change nothing: the newest version stays."""

    unit_of_work: UnitOfWork

    async def __call__(self, command: NoteLead) -> None:
        """Keeps the standing."""
        async with self.unit_of_work.begin() as work:
            await work.leads.put(command.standing, command.version)
