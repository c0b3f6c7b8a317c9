"""Read conversions, with what keeps them from coming to rest, within what the caller may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.authorization import Authorizer, Resource
from chassis.durable_processes import ProcessStanding
from chassis.errors import NotFound
from chassis.pages import Cursor
from pipeline.application.conversion_ports import ConversionFilter
from pipeline.application.ports import UnitOfWork
from pipeline.domain.conversion import Conversion
from pipeline.domain.ids import ConversionId

_READ = "lead.read"


@dataclass(frozen=True, slots=True)
class FoundConversion:
    """A conversion, and what keeps it from coming to rest."""

    conversion: Conversion
    process: ProcessStanding


@dataclass(frozen=True, slots=True)
class ConversionFinder:
    """Whoever may see the lead may see what became of it."""

    unit_of_work: UnitOfWork
    authorizer: Authorizer

    async def get(self, conversion_id: ConversionId) -> FoundConversion:
        """One conversion.

        Raises:
            NotFound: there is none for this caller.
        """
        async with self.unit_of_work.begin() as work:
            conversion = await work.conversions.get(conversion_id)
            standings = await work.processes.standings([conversion_id])
        if conversion is None:
            raise NotFound("conversion", conversion_id)
        resource = Resource(owner_id=conversion.owner_id, team_id=conversion.team_id)
        self.authorizer.require_visible(_READ, resource, kind="conversion", id=conversion_id)
        return FoundConversion(conversion, standings.get(conversion_id, ProcessStanding()))

    async def page(self, wanted: ConversionFilter, after: Cursor | None, size: int) -> Sequence[FoundConversion]:
        """Conversions that the caller may see, newest first, at most `size`."""
        async with self.unit_of_work.begin() as work:
            found = await work.conversions.page(wanted, self.authorizer.scope(_READ), after, size)
            standings = await work.processes.standings([conversion.id for conversion in found])
        return [FoundConversion(one, standings.get(one.id, ProcessStanding())) for one in found]
