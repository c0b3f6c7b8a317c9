"""The router and the customer master as gRPC servers, on their in-memory twins."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from chassis.error_mapping import to_status
from chassis.errors import ThroughlineError
from chassis.health import READINESS, Health
from chassis.ids import PersonId
from chassis.proto_values import number_of
from pipeline.application.conversion_ports import KnownCustomer, LeadDossier
from pipeline.domain.ids import ContactId, CustomerId, LeadId, OpportunityId
from throughline.collab.v1 import converted_customer_service_pb2 as converted_pb
from throughline.collab.v1 import converted_customer_service_pb2_grpc as converted_grpc
from throughline.collab.v1 import customer_pb2
from throughline.collab.v1 import customer_service_pb2 as customers_pb
from throughline.collab.v1 import customer_service_pb2_grpc as customers_grpc
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1 import lead_service_pb2 as leads_pb
from throughline.lead_router.v1 import lead_service_pb2_grpc as leads_grpc

from ..builders import CUSTOMER, LEAD
from ..neighbours import InMemoryMaster, InMemoryRouter, a_customer, a_lead

R = TypeVar("R")


@dataclass
class Neighbours:
    """Both services, and where they answer."""

    router: InMemoryRouter = field(default_factory=lambda: InMemoryRouter(leads={LEAD: a_lead()}))
    master: InMemoryMaster = field(default_factory=lambda: InMemoryMaster(customers={CUSTOMER: a_customer()}))
    port: int = 0

    @property
    def peers(self) -> str:
        """The setting PEERS."""
        return json.dumps(dict.fromkeys(("lead-router", "collab"), f"127.0.0.1:{self.port}"))

    @asynccontextmanager
    async def served(self) -> AsyncIterator[Neighbours]:
        """Serves both on one port."""
        server = grpc.aio.server()
        leads_grpc.add_LeadServiceServicer_to_server(_Leads(self.router), server)  # type: ignore[abstract]  # only what is asked
        customers_grpc.add_CustomerServiceServicer_to_server(_Customers(self.master), server)  # type: ignore[abstract]  # as above
        converted_grpc.add_ConvertedCustomerServiceServicer_to_server(_Converted(self.master), server)
        health = Health()
        health_pb2_grpc.add_HealthServicer_to_server(health, server)
        await health.set(READINESS, health_pb2.HealthCheckResponse.SERVING)
        self.port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            yield self
        finally:
            health.end_watches()
            await server.stop(0)


class _Leads(leads_grpc.LeadServiceServicer):
    def __init__(self, router: InMemoryRouter) -> None:
        self._router = router

    async def GetLead(self, request: leads_pb.GetLeadRequest, context: Any) -> leads_pb.GetLeadResponse:
        lead = await _answered(context, lambda: self._router.get(LeadId(request.lead_id)))
        identity = lead_pb2.LeadIdentity(
            company=lead.company, person=lead.person, phone=lead.phone, email=lead.email, credit_code=lead.credit_code
        )
        return leads_pb.GetLeadResponse(
            lead=lead_pb2.Lead(
                lead_id=lead.lead_id,
                state=number_of(lead_pb2.LeadState, lead.state),
                owner_id=lead.owner_id or "",
                team_id=lead.team_id or "",
                identity=identity,
                origin=lead_pb2.LeadOrigin(source=lead.source),
                profile=lead_pb2.LeadProfile(product_line=lead.product_line),
            )
        )

    async def MarkLeadConverted(
        self, request: leads_pb.MarkLeadConvertedRequest, context: Any
    ) -> leads_pb.MarkLeadConvertedResponse:
        ids = LeadId(request.lead_id), CustomerId(request.customer_id), OpportunityId(request.opportunity_id)
        await _answered(context, lambda: self._router.mark_converted(*ids))
        return leads_pb.MarkLeadConvertedResponse()

    async def UndoLeadConversion(
        self, request: leads_pb.UndoLeadConversionRequest, context: Any
    ) -> leads_pb.UndoLeadConversionResponse:
        ids = LeadId(request.lead_id), OpportunityId(request.opportunity_id)
        await _answered(context, lambda: self._router.undo_conversion(*ids))
        return leads_pb.UndoLeadConversionResponse()


class _Customers(customers_grpc.CustomerServiceServicer):
    def __init__(self, master: InMemoryMaster) -> None:
        self._master = master

    async def GetCustomer(
        self, request: customers_pb.GetCustomerRequest, context: Any
    ) -> customers_pb.GetCustomerResponse:
        survivor = await _answered(context, lambda: self._master.get(CustomerId(request.customer_id)))
        record = self._master.customers[CustomerId(request.customer_id)]
        known = record.known
        customer = customer_pb2.Customer(
            customer_id=known.id,
            merged_into=record.merged_into or "",
            profile=customer_pb2.CustomerProfile(name=known.name),
            owner_id=known.owner_id or "",
            team_id=known.team_id or "",
            is_archived=known.is_archived,
        )
        return customers_pb.GetCustomerResponse(customer=customer, survivor_id=survivor.id)

    async def FindCustomerMatches(
        self, request: customers_pb.FindCustomerMatchesRequest, context: Any
    ) -> customers_pb.FindCustomerMatchesResponse:
        verdict = await _answered(context, lambda: self._master.match(LeadDossier(LEAD, "", company=request.company)))
        found = [_match(known) for known in verdict.candidates]
        answer = customers_pb.FindCustomerMatchesResponse(
            outcome=number_of(customers_pb.MatchOutcome, verdict.outcome.value)
        )
        if verdict.outcome == "join":
            answer.joined.CopyFrom(found[0])
        else:
            answer.suggestions.extend(found)
        return answer


class _Converted(converted_grpc.ConvertedCustomerServiceServicer):
    def __init__(self, master: InMemoryMaster) -> None:
        self._master = master

    async def KeepConvertedCustomer(
        self, request: converted_pb.KeepConvertedCustomerRequest, context: Any
    ) -> converted_pb.KeepConvertedCustomerResponse:
        profile = request.profile
        lead = a_lead(company=profile.name, credit_code=profile.credit_code)
        await _answered(
            context,
            lambda: self._master.keep_customer(
                CustomerId(request.customer_id),
                lead,
                name=profile.name,
                owner_id=PersonId(request.owner_id),
                pain_points=profile.pain_points,
            ),
        )
        return converted_pb.KeepConvertedCustomerResponse(customer_id=request.customer_id)

    async def KeepConvertedContact(
        self, request: converted_pb.KeepConvertedContactRequest, context: Any
    ) -> converted_pb.KeepConvertedContactResponse:
        ids = CustomerId(request.customer_id), ContactId(request.contact_id)
        kept = await _answered(context, lambda: self._master.keep_contact(*ids, a_lead(phone=request.profile.phone)))
        return converted_pb.KeepConvertedContactResponse(contact_id=kept)

    async def TakeBackConvertedCustomer(
        self, request: converted_pb.TakeBackConvertedCustomerRequest, context: Any
    ) -> converted_pb.TakeBackConvertedCustomerResponse:
        asked: Any = _Asked(CustomerId(request.customer_id), request.customer_version, ContactId(request.contact_id))
        added = await _answered(context, lambda: self._master.take_back(asked, only_look=request.only_look))
        return converted_pb.TakeBackConvertedCustomerResponse(added=added)


@dataclass(frozen=True)
class _Asked:
    """What of a `Conversion` the master looks at."""

    customer_id: CustomerId
    customer_version: int
    made_contact_id: ContactId


def _match(known: KnownCustomer) -> customer_pb2.CustomerMatch:
    return customer_pb2.CustomerMatch(
        customer_id=known.id,
        name=known.name,
        owner_id=known.owner_id or "",
        team_id=known.team_id or "",
        is_archived=known.is_archived,
    )


async def _answered(context: Any, ask: Callable[[], Awaitable[R]]) -> R:
    try:
        return await ask()
    except ThroughlineError as error:
        await context.abort_with_status(rpc_status.to_status(to_status(error)))
        raise
