"""Count the funnel and list what its figures count, within what the caller may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis import context
from chassis.authorization import Authorizer
from chassis.errors import Unauthenticated
from chassis.pages import Cursor
from scoring.application.metrics import active_metrics
from scoring.application.ports import TenantZones, UnitOfWork, Viewpoint, Work
from scoring.domain.default_metrics import CODE_OF
from scoring.domain.funnel import COUNTS, LEAD_COUNTS, OPPORTUNITY_COUNTS, Funnel, FunnelQuestion, FunnelRow, Grouping
from scoring.domain.funnel_cell import FunnelCell, FunnelLead, FunnelOpportunity
from scoring.domain.metric import Metric

FUNNEL = "funnel.read"
_LEADS, _OPPORTUNITIES = "lead.read", "opportunity.read"


@dataclass(frozen=True, slots=True)
class DefinedFunnel:
    """A funnel with the definition of each of its figures, in their order."""

    funnel: Funnel
    metrics: Sequence[tuple[str, Metric]]


@dataclass(frozen=True, slots=True)
class FunnelCounter:
    """Answers what callers ask about the funnel."""

    unit_of_work: UnitOfWork
    zones: TenantZones
    authorizer: Authorizer

    async def __call__(self, question: FunnelQuestion) -> Funnel:
        """Rows of the groups and their sum. Days come in their order, other groups with the largest first.

        Raises:
            Invalid: the span ends before it begins, or the dimensions part nothing.
        """
        return (await self.defined(question)).funnel

    async def defined(self, question: FunnelQuestion) -> DefinedFunnel:
        """The funnel, and by which definitions its figures are counted. Raises as the call does."""
        question.require_sound()
        async with self.unit_of_work.begin() as work:
            rows = await work.funnels.count(question, await self.view(work, FUNNEL))
            metrics = await active_metrics(work)
        funnel = Funnel.of(in_order(rows, question.group_by))
        return DefinedFunnel(funnel, [(name, metrics[CODE_OF[name]]) for name in COUNTS])

    async def leads(self, cell: FunnelCell, after: Cursor | None, size: int) -> Sequence[FunnelLead]:
        """Leads or submissions that a figure counts, newest first, after the cursor, at most `size`.

        Raises:
            Invalid: the cell is none.
            Forbidden: the caller may see figures and no leads.
        """
        cell.require_sound(LEAD_COUNTS)
        self.authorizer.require(_LEADS)
        async with self.unit_of_work.begin() as work:
            return await work.funnels.leads(cell, await self.view(work, _LEADS), after, size)

    async def opportunities(self, cell: FunnelCell, after: Cursor | None, size: int) -> Sequence[FunnelOpportunity]:
        """Opportunities that a figure counts, newest first, after the cursor, at most `size`.

        Raises:
            Invalid: the cell is none.
            Forbidden: the caller may see figures and no opportunities.
        """
        cell.require_sound(OPPORTUNITY_COUNTS)
        self.authorizer.require(_OPPORTUNITIES)
        async with self.unit_of_work.begin() as work:
            return await work.funnels.opportunities(cell, await self.view(work, _OPPORTUNITIES), after, size)

    async def view(self, work: Work, permission: str) -> Viewpoint:
        """From where the caller looks at what the permission shows."""
        tenant_id = context.current().tenant_id
        if tenant_id is None:
            raise Unauthenticated("the call names no tenant")
        return Viewpoint(self.authorizer.scope(permission), await self.zones.zone(tenant_id), work.now)


def in_order(rows: Sequence[FunnelRow], group_by: Grouping) -> Sequence[FunnelRow]:
    """Rows of time in their order, others with the largest first; without a grouping there is always one."""
    if group_by is Grouping.NOTHING:
        return rows or [FunnelRow()]
    if group_by.is_time:
        return sorted(rows, key=lambda row: row.groups)
    return sorted(rows, key=lambda row: (-row.received, row.groups))
