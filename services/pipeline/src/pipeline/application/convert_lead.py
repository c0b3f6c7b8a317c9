"""Begin the conversion of a lead: everything that can be refused is refused before anything is made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from chassis.authorization import Authorizer
from chassis.errors import Invalid, Violation
from chassis.ids import PersonId, TeamId, new_id
from pipeline.application.conversion_ports import (
    CONVERSION,
    CustomerMaster,
    KnownCustomer,
    LeadDossier,
    LeadDossiers,
    MatchOutcome,
)
from pipeline.application.opportunity_changes import actor, team_of
from pipeline.application.opportunity_ports import Company
from pipeline.application.ports import UnitOfWork
from pipeline.domain.conversion import Conversion, Sale
from pipeline.domain.errors import CustomerChoiceNeeded, CustomerIsArchived, LeadStateForbids
from pipeline.domain.ids import ContactId, ConversionId, CustomerId, LeadId, OpportunityId

CONVERT, CUSTOMER_WRITE = "lead.convert", "customer.write"


@dataclass(frozen=True, slots=True)
class ConvertLead:
    """A lead that becomes a customer and an opportunity."""

    lead_id: LeadId
    customer_id: CustomerId | None
    """To join; None to let the master tell."""
    is_new_customer: bool
    """Makes a new one although others are like it."""
    customer_name: str
    sale: Sale
    keeps_product_line: bool = False
    """Whether the lead's product line is sold."""


@dataclass(frozen=True, slots=True)
class ConvertLeadHandler:
    """The caller's rights over lead, opportunity and customer are judged here; the steps are the service's own."""

    unit_of_work: UnitOfWork
    leads: LeadDossiers
    customers: CustomerMaster
    company: Company
    authorizer: Authorizer

    async def __call__(self, command: ConvertLead) -> Conversion:
        """Keeps the conversion, ready to be carried on; the lead's live one where it has one, whoever began that.

        Raises:
            NotFound: no such lead or customer for this caller.
            Forbidden: the caller may not convert the lead, or not work on the customer.
            LeadStateForbids: nobody owns the lead, or it has ended.
            CustomerIsArchived: the customer to join is.
            CustomerChoiceNeeded: a person must say which customer it is.
            Invalid: there is no name for a new customer.
        """
        dossier = await self.leads.get(command.lead_id)
        self.authorizer.require(CONVERT, dossier.resource)
        async with self.unit_of_work.begin() as work:
            if live := await work.conversions.live_of(command.lead_id):
                return await work.answer(live)
        if dossier.owner_id is None or dossier.state != "assigned":
            raise LeadStateForbids(command.lead_id, dossier.state, "convert")
        team_id = await team_of(self.company, self.authorizer, dossier.owner_id)
        customer = await self._customer_to_join(command, dossier)
        if customer is None:
            self._require_new_customer(command, dossier)
        owner = (dossier.owner_id, team_id)
        return await self._begin(partial(_chosen, command, dossier, owner, customer))

    async def _customer_to_join(self, command: ConvertLead, dossier: LeadDossier) -> KnownCustomer | None:
        if command.customer_id is not None:
            chosen = await self.customers.get(command.customer_id)
            self.authorizer.require(CUSTOMER_WRITE, chosen.resource)
            if chosen.is_archived:
                raise CustomerIsArchived(chosen.id)
            return chosen
        if command.is_new_customer or not dossier.can_be_matched:
            return None
        verdict = await self.customers.match(dossier)
        if verdict.outcome is MatchOutcome.NEW:
            return None
        if verdict.outcome is MatchOutcome.JOIN and self._may_join(verdict.candidates):
            return verdict.candidates[0]
        raise CustomerChoiceNeeded(dossier.lead_id, {one.id: one.name for one in verdict.candidates})

    def _may_join(self, candidates: Sequence[KnownCustomer]) -> bool:
        return not candidates[0].is_archived and self.authorizer.allows(CUSTOMER_WRITE, candidates[0].resource)

    def _require_new_customer(self, command: ConvertLead, dossier: LeadDossier) -> None:
        self.authorizer.require(CUSTOMER_WRITE, dossier.resource)
        if len(command.customer_name or dossier.company) < 2:
            message = "the lead names no company: a new customer needs a name of at least 2 characters"
            raise Invalid([Violation("customer_name", "required", message)])

    async def _begin(self, choose: Callable[[datetime], Conversion]) -> Conversion:
        """Of rivals the first begins; the others find what it has begun."""
        async with self.unit_of_work.begin() as work:
            conversion = choose(work.now)
            if not await work.conversions.add(conversion):
                live = await work.conversions.live_of(conversion.lead_id)
                if live is None:
                    raise LeadStateForbids(conversion.lead_id, "being converted", "convert")
                return await work.answer(live)
            await work.processes.begin(CONVERSION, conversion.id)
            work.audit.record(
                action="conversion.begin", resource=f"conversions/{conversion.id}", after=audited(conversion)
            )
            return await work.answer(conversion)


def _chosen(
    command: ConvertLead,
    dossier: LeadDossier,
    owner: tuple[PersonId, TeamId | None],
    customer: KnownCustomer | None,
    at: datetime,
) -> Conversion:
    """The conversion with all its ids; without a customer to join it makes one."""
    line = dossier.product_line if command.keeps_product_line else command.sale.product_line
    return Conversion(
        id=ConversionId(new_id()),
        lead_id=command.lead_id,
        customer_id=customer.id if customer else CustomerId(new_id()),
        is_new_customer=customer is None,
        customer_name=command.customer_name,
        contact_id=ContactId(new_id()),
        opportunity_id=OpportunityId(new_id()),
        sale=replace(command.sale, product_line=line),
        owner_id=owner[0],
        team_id=owner[1],
        requested_by=actor(),
        created_at=at,
        changed_at=at,
    )


def audited(conversion: Conversion) -> dict[str, object]:
    """The state that the audit keeps before and after a change: ids and facts."""
    failure = conversion.failure
    return {
        "lead_id": conversion.lead_id,
        "customer_id": conversion.customer_id,
        "opportunity_id": conversion.opportunity_id,
        "state": conversion.state.value,
        "steps": {step.value: standing.state.value for step, standing in conversion.steps.items()},
        "failure": failure.reason if failure else "",
        "version": conversion.version,
    }
