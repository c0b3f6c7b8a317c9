"""Take a conversion back, while nobody has built upon it."""

from dataclasses import dataclass

from chassis.authorization import Authorizer, Resource
from chassis.errors import NotFound
from pipeline.application.carry_conversion_on import OPPORTUNITY_CHANGED, withdrawn
from pipeline.application.conversion_ports import CONVERSION, CustomerMaster
from pipeline.application.convert_lead import CONVERT, audited
from pipeline.application.opportunity_changes import actor
from pipeline.application.ports import UnitOfWork
from pipeline.domain.conversion import Conversion
from pipeline.domain.errors import ConversionBuiltUpon
from pipeline.domain.ids import ConversionId


@dataclass(frozen=True, slots=True)
class UndoConversion:
    """Which one, as the caller saw it, and why."""

    conversion_id: ConversionId
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class UndoConversionHandler:
    """Looks everywhere before it begins; who adds something after that look still stops the undo, which then stands
    again as it did before."""

    unit_of_work: UnitOfWork
    customers: CustomerMaster
    authorizer: Authorizer

    async def __call__(self, command: UndoConversion) -> Conversion:
        """Withdraws the opportunity and keeps the conversion, ready to be carried on.

        Raises:
            NotFound: there is none that this caller may see.
            Forbidden: the caller sees it and may not take it back.
            Stale: the caller saw another version.
            ConversionStateForbids: it is not done.
            ConversionBuiltUpon: names all that was added.
            Unreachable: the customer master does not answer.
        """
        async with self.unit_of_work.begin() as work:
            seen = self._visible(command, await work.conversions.get(command.conversion_id))
            seen.require_undoable()
            opportunity = await work.opportunities.get(seen.opportunity_id)
            added = [*await work.conversions.added_to(seen)]
        if opportunity is None or opportunity.version != seen.opportunity_version:
            added.append(OPPORTUNITY_CHANGED)
        added += await self.customers.take_back(seen, only_look=True)
        if added:
            raise ConversionBuiltUpon(seen.id, added)
        return await self._begin(command)

    async def _begin(self, command: UndoConversion) -> Conversion:
        async with self.unit_of_work.begin() as work:
            held = self._visible(command, await work.conversions.lock(command.conversion_id))
            before = audited(held)
            held.begin_undo(by=actor(), at=work.now)
            if not await withdrawn(work, held):
                raise ConversionBuiltUpon(held.id, [OPPORTUNITY_CHANGED])
            await work.conversions.save(held)
            await work.processes.begin(CONVERSION, held.id)
            work.audit.record(
                action="conversion.undo",
                resource=f"conversions/{held.id}",
                before=before,
                after={**audited(held), "reason": command.reason},
            )
            return await work.answer(held)

    def _visible(self, command: UndoConversion, conversion: Conversion | None) -> Conversion:
        if conversion is None:
            raise NotFound("conversion", command.conversion_id)
        resource = Resource(owner_id=conversion.owner_id, team_id=conversion.team_id)
        self.authorizer.require_visible("lead.read", resource, kind="conversion", id=conversion.id)
        self.authorizer.require(CONVERT, resource)
        conversion.require_version(command.version)
        return conversion
