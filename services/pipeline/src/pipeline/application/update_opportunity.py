"""Change what an opportunity says of itself, or whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from chassis.authorization import Authorizer
from chassis.ids import PersonId
from pipeline.application.opportunity_changes import audited, held, keep, team_of
from pipeline.application.opportunity_ports import Company
from pipeline.application.ports import UnitOfWork
from pipeline.domain.amount import Amount
from pipeline.domain.ids import OpportunityId
from pipeline.domain.opportunity import Opportunity


@dataclass(frozen=True, slots=True)
class UpdateOpportunity:
    """New values of the fields that `names` holds; the others are not looked at."""

    opportunity_id: OpportunityId
    version: int
    """As the caller saw it."""
    names: frozenset[str]
    title: str = ""
    amount: Amount | None = None
    expected_close_date: date | None = None
    owner_id: PersonId | None = None
    custom: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UpdateOpportunityHandler:
    """Whoever gives an opportunity to somebody else needs the right to work on both people's opportunities."""

    unit_of_work: UnitOfWork
    company: Company
    authorizer: Authorizer

    async def __call__(self, command: UpdateOpportunity) -> Opportunity:
        """Keeps the change and returns the opportunity; one that would change nothing leaves it as it is.

        Raises:
            NotFound: there is none that this caller may work on.
            Stale: the caller saw another version.
            OpportunityStateForbids: it is closed.
            Invalid: there is no such owner.
            Forbidden: the caller may not give opportunities to the owner.
        """
        changes: dict[str, Any] = {name: getattr(command, name) for name in command.names}
        if (owner_id := changes.get("owner_id")) is not None:
            changes["team_id"] = await team_of(self.company, self.authorizer, owner_id)
        async with self.unit_of_work.begin() as work:
            opportunity = await held(work, self.authorizer, command.opportunity_id, command.version)
            before = audited(opportunity)
            opportunity.update(replace(opportunity.details, **changes), at=work.now)
            return await keep(work, opportunity, action="opportunity.update", before=before)
