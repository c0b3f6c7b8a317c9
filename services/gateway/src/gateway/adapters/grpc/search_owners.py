"""Asks the owners of what can be found, over gRPC, as the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from chassis.channels import Channels
from chassis.errors import Unreachable
from gateway.application.search_everywhere import FindKind
from gateway.domain.search_hit import FoundThing, SearchKind
from matching.search_keys import phone_codes
from throughline.collab.v1 import contact_service_pb2, customer_service_pb2
from throughline.collab.v1.contact_service_pb2_grpc import ContactServiceStub
from throughline.collab.v1.customer_service_pb2_grpc import CustomerServiceStub
from throughline.lead_router.v1 import lead_service_pb2
from throughline.lead_router.v1.lead_service_pb2_grpc import LeadServiceStub
from throughline.pipeline.v1 import opportunity_service_pb2
from throughline.pipeline.v1.opportunity_service_pb2_grpc import OpportunityServiceStub

if TYPE_CHECKING:
    import grpc

    from throughline.collab.v1.contact_service_pb2_grpc import ContactServiceAsyncStub
    from throughline.collab.v1.customer_service_pb2_grpc import CustomerServiceAsyncStub
    from throughline.lead_router.v1.lead_service_pb2_grpc import LeadServiceAsyncStub
    from throughline.pipeline.v1.opportunity_service_pb2_grpc import OpportunityServiceAsyncStub

_PATIENCE_S = 2.0
"""A search that is slower is of no use to whoever types."""


class GrpcSearchOwners:
    """Stubs are made at the first search, and kept."""

    def __init__(self, channels: Channels, *, patience_s: float = _PATIENCE_S) -> None:
        self._channels = channels
        self._patience_s = patience_s

    @property
    def by_kind(self) -> Mapping[SearchKind, FindKind]:
        """Whom to ask for each kind."""
        return {
            SearchKind.CUSTOMER: self._customers,
            SearchKind.CONTACT: self._contacts,
            SearchKind.LEAD: self._leads,
            SearchKind.OPPORTUNITY: self._opportunities,
        }

    async def _customers(self, query: str, size: int) -> Sequence[FoundThing]:
        request = customer_service_pb2.SearchCustomersRequest(query=query, page_size=size)
        answer = await self._customer_stub.SearchCustomers(request, timeout=self._patience_s)
        return [
            FoundThing(
                SearchKind.CUSTOMER,
                f"customers/{each.customer_id}",
                each.profile.name,
                each.profile.city,
                tuple(each.profile.short_names),
                (each.profile.credit_code,),
            )
            for each in answer.customers
        ]

    async def _contacts(self, query: str, size: int) -> Sequence[FoundThing]:
        request = contact_service_pb2.SearchContactsRequest(query=query, page_size=size)
        answer = await self._contact_stub.SearchContacts(request, timeout=self._patience_s)
        return [
            FoundThing(
                SearchKind.CONTACT,
                f"contacts/{each.contact.contact_id}",
                each.contact.profile.name,
                each.customer_name,
                codes=phone_codes(each.contact.profile.phone),
            )
            for each in answer.contacts
        ]

    async def _leads(self, query: str, size: int) -> Sequence[FoundThing]:
        request = lead_service_pb2.SearchLeadsRequest(query=query, page_size=size)
        answer = await self._lead_stub.SearchLeads(request, timeout=self._patience_s)
        return [
            FoundThing(
                SearchKind.LEAD,
                f"leads/{each.lead_id}",
                each.identity.company or each.identity.person,
                each.identity.person,
                (each.identity.person,),
                (each.identity.credit_code, *phone_codes(each.identity.phone)),
            )
            for each in answer.leads
        ]

    async def _opportunities(self, query: str, size: int) -> Sequence[FoundThing]:
        request = opportunity_service_pb2.SearchOpportunitiesRequest(query=query, page_size=size)
        answer = await self._opportunity_stub.SearchOpportunities(request, timeout=self._patience_s)
        return [
            FoundThing(SearchKind.OPPORTUNITY, f"opportunities/{each.opportunity_id}", each.title, each.product_line)
            for each in answer.opportunities
        ]

    @cached_property
    def _customer_stub(self) -> CustomerServiceAsyncStub:
        return CustomerServiceStub(self._channel("collab"))

    @cached_property
    def _contact_stub(self) -> ContactServiceAsyncStub:
        return ContactServiceStub(self._channel("collab"))

    @cached_property
    def _lead_stub(self) -> LeadServiceAsyncStub:
        return LeadServiceStub(self._channel("lead-router"))

    @cached_property
    def _opportunity_stub(self) -> OpportunityServiceAsyncStub:
        return OpportunityServiceStub(self._channel("pipeline"))

    def _channel(self, service: str) -> grpc.aio.Channel:
        if service not in self._channels.peers:
            raise Unreachable(service)
        return self._channels.to(service)
