"""Create an opportunity in the first stage of its product line's model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from chassis import context
from chassis.authorization import Authorizer, Resource
from chassis.errors import Invalid, Violation
from chassis.ids import PersonId, new_id
from pipeline.application.conversion_ports import CustomerMaster
from pipeline.application.lead_standings import standing_of
from pipeline.application.opportunity_changes import WRITE, actor, keep, team_of
from pipeline.application.opportunity_ports import Company
from pipeline.application.ports import Leads, UnitOfWork
from pipeline.application.stage_models import active_model, as_model
from pipeline.domain.amount import Amount
from pipeline.domain.errors import CustomerIsArchived
from pipeline.domain.ids import CustomerId, LeadId, OpportunityId
from pipeline.domain.opportunity import Opportunity, OpportunityDetails


@dataclass(frozen=True, slots=True)
class CreateOpportunity:
    """A sale that may come about."""

    customer_id: CustomerId
    lead_id: LeadId | None
    product_line: str
    title: str
    amount: Amount | None
    expected_close_date: date | None
    owner_id: PersonId | None
    """None for the caller."""
    custom: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CreateOpportunityHandler:
    """An opportunity follows the version of the stage model that is active when it is created, to its end."""

    unit_of_work: UnitOfWork
    leads: Leads
    customers: CustomerMaster
    company: Company
    authorizer: Authorizer

    async def __call__(self, command: CreateOpportunity) -> Opportunity:
        """Keeps the opportunity and returns it.

        Raises:
            Invalid: there is no such owner.
            Forbidden: the caller may not give opportunities to the owner.
            NotFound: no such lead or customer for this caller.
            LeadClosed: the lead has ended.
            CustomerIsArchived: the customer is.
            Unreachable: the customer master does not answer.
        """
        owner_id = command.owner_id or context.current().principal.person_id
        if owner_id is None:
            raise Invalid([Violation("owner_id", "required", "a caller that is no person must name the owner")])
        team_id = await team_of(self.company, self.authorizer, owner_id)
        if command.lead_id is not None:
            await self._require_workable(command.lead_id)
        customer = await self.customers.get(command.customer_id)
        if customer.is_archived:
            raise CustomerIsArchived(customer.id)
        async with self.unit_of_work.begin() as work:
            opportunity = Opportunity.created(
                OpportunityId(new_id()),
                customer_id=customer.id,  # what is added to a merged customer is added to its survivor
                lead_id=command.lead_id,
                product_line=command.product_line,
                model=as_model(await active_model(work, command.product_line)),
                details=OpportunityDetails(
                    command.title, owner_id, team_id, command.amount, command.expected_close_date, command.custom
                ),
                by=actor(),
                at=work.now,
            )
            return await keep(work, opportunity, action="opportunity.create", before=None)

    async def _require_workable(self, lead_id: LeadId) -> None:
        standing = await standing_of(lead_id, self.unit_of_work, self.leads)
        resource = Resource(owner_id=standing.owner_id, team_id=standing.team_id)
        self.authorizer.require_visible(WRITE, resource, kind="lead", id=lead_id)
        standing.require_workable()
