"""A lead as the running caller sees it."""

from dataclasses import dataclass

from chassis import context
from chassis.authorization import Authorizer
from lead_router.adapters.grpc.lead_mapping import lead_message
from lead_router.application.lead_moves import resource_of
from lead_router.application.ports import Company
from lead_router.application.stored_lead import StoredLead
from throughline.lead_router.v1 import lead_pb2


@dataclass(frozen=True, slots=True)
class LeadView:
    """Renders leads in the tenant's currency, contact data masked for those without the right to see them."""

    company: Company
    authorizer: Authorizer

    async def currency(self) -> str:
        """The currency of the running tenant."""
        tenant_id = context.current().tenant_id
        return await self.company.currency(tenant_id) if tenant_id else ""

    def message(self, stored: StoredLead, currency: str) -> lead_pb2.Lead:
        """The lead; one that is offered shows nobody's contact data, as nobody owns it yet."""
        may_see = stored.lead.owner is not None and self.authorizer.may_see_contact_data(resource_of(stored))
        return lead_message(stored, currency, shows_contact=may_see)
