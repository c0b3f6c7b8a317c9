"""Count the funnel, within what the caller may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis import context
from chassis.authorization import Authorizer
from chassis.errors import Unauthenticated
from scoring.application.ports import TenantZones, UnitOfWork
from scoring.domain.funnel import Funnel, FunnelQuestion, FunnelRow, Grouping

_READ = "funnel.read"


@dataclass(frozen=True, slots=True)
class FunnelCounter:
    """Answers what callers ask about the funnel."""

    unit_of_work: UnitOfWork
    zones: TenantZones
    authorizer: Authorizer

    async def __call__(self, question: FunnelQuestion) -> Funnel:
        """Rows of the groups and their sum. Days come in their order, other groups with the largest first.

        Raises:
            Invalid: the span ends before it begins.
        """
        question.require_span()
        tenant_id = context.current().tenant_id
        if tenant_id is None:
            raise Unauthenticated("the call names no tenant")
        zone = await self.zones.zone(tenant_id)
        async with self.unit_of_work.begin() as work:
            rows = await work.funnels.count(question, self.authorizer.scope(_READ), zone, work.now)
        return Funnel.of(_in_order(rows, question.group_by))


def _in_order(rows: Sequence[FunnelRow], group_by: Grouping) -> Sequence[FunnelRow]:
    match group_by:
        case Grouping.NOTHING:
            return rows or [FunnelRow()]
        case Grouping.DAY:
            return sorted(rows, key=lambda row: row.group)
        case _:
            return sorted(rows, key=lambda row: (-row.received, row.group))
