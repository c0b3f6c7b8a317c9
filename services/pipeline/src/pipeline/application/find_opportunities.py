"""Read opportunities, as they are and as they were, their history and the skip rate, within what the caller may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.authorization import Authorizer, Resource
from chassis.errors import NotFound
from chassis.pages import Cursor
from pipeline.application.opportunity_ports import HistoryEntry, OpportunityFilter
from pipeline.application.ports import UnitOfWork, Work
from pipeline.domain.ids import OpportunityId
from pipeline.domain.opportunity import Opportunity
from pipeline.domain.skip_rate import SkipRate, SkipRateQuestion

_READ = "opportunity.read"


@dataclass(frozen=True, slots=True)
class OpportunityFinder:
    """Answers what callers ask about opportunities. Who sees one now sees its past."""

    unit_of_work: UnitOfWork
    authorizer: Authorizer

    async def get(self, opportunity_id: OpportunityId, as_of: datetime | None) -> Opportunity:
        """One opportunity, as it was at a moment; None for as it is.

        Raises:
            NotFound: there is none for this caller, or there was none yet.
        """
        async with self.unit_of_work.begin() as work:
            opportunity = await self._visible(work, opportunity_id)
            if as_of is None:
                return opportunity
            past = await work.opportunities.as_of(opportunity_id, as_of)
        if past is None:
            raise NotFound("opportunity", opportunity_id)
        return past

    async def page(self, wanted: OpportunityFilter, after: Cursor | None, size: int) -> Sequence[Opportunity]:
        """Opportunities that the caller may see, newest first, at most `size`."""
        async with self.unit_of_work.begin() as work:
            return await work.opportunities.page(wanted, self.authorizer.scope(_READ), after, size)

    async def search(self, beginning: str, size: int) -> Sequence[Opportunity]:
        """Opportunities that the caller may see with a search key that begins so, nearest first, at most `size`."""
        async with self.unit_of_work.begin() as work:
            return await work.opportunities.search(beginning, self.authorizer.scope(_READ), size)

    async def history(self, opportunity_id: OpportunityId, after: int, size: int) -> Sequence[HistoryEntry]:
        """Entries of its stage history after a number, oldest first, at most `size`.

        Raises:
            NotFound: there is no such opportunity for this caller.
        """
        async with self.unit_of_work.begin() as work:
            await self._visible(work, opportunity_id)
            return await work.stage_moves.page(opportunity_id, after, size)

    async def skip_rate(self, question: SkipRateQuestion) -> SkipRate:
        """The skip rate of the moves that the caller may see.

        Raises:
            Invalid: the span ends before it begins.
        """
        question.require_span()
        async with self.unit_of_work.begin() as work:
            rows = await work.stage_moves.skip_rates(question, self.authorizer.scope(_READ), work.now)
        return SkipRate.of(rows)

    async def _visible(self, work: Work, opportunity_id: OpportunityId) -> Opportunity:
        opportunity = await work.opportunities.get(opportunity_id)
        if opportunity is None:
            raise NotFound("opportunity", opportunity_id)
        resource = Resource(owner_id=opportunity.owner_id, team_id=opportunity.team_id)
        self.authorizer.require_visible(_READ, resource, kind="opportunity", id=opportunity_id)
        return opportunity
