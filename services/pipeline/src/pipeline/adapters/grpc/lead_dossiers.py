"""The router's leads with who they are, and what a conversion asks of the router."""

from chassis.channels import Channels
from chassis.ids import PersonId, TeamId
from chassis.proto_values import word_of
from pipeline.application.conversion_ports import LeadDossier
from pipeline.domain.ids import CustomerId, LeadId, OpportunityId
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1 import lead_service_pb2 as pb
from throughline.lead_router.v1.lead_service_pb2_grpc import LeadServiceStub

_WRONG_CREDIT_CODE = "CREDIT_CODE_INVALID"


class GrpcLeadDossiers:
    """The router behind the port `LeadDossiers`."""

    def __init__(self, channels: Channels) -> None:
        self._stub = LeadServiceStub(channels.to("lead-router"))

    async def get(self, lead_id: LeadId) -> LeadDossier:
        """The lead, as the caller sees it; see the port for errors."""
        lead = (await self._stub.GetLead(pb.GetLeadRequest(lead_id=lead_id))).lead
        identity, profile = lead.identity, lead.profile
        return LeadDossier(
            lead_id=lead_id,
            state=word_of(lead_pb2.LeadState, lead.state),
            owner_id=PersonId(lead.owner_id) if lead.owner_id else None,
            team_id=TeamId(lead.team_id) if lead.team_id else None,
            product_line=profile.product_line,
            company=identity.company.strip(),
            person=identity.person.strip(),
            phone=identity.phone.strip(),
            email=identity.email.strip(),
            credit_code="" if _WRONG_CREDIT_CODE in lead.warnings else identity.credit_code.strip(),
            city=identity.city.strip(),
            region=profile.region.strip(),
            industry=profile.industry.strip(),
            source=lead.origin.source,
        )

    async def mark_converted(self, lead_id: LeadId, customer_id: CustomerId, opportunity_id: OpportunityId) -> None:
        """Marks the lead as converted; see the port for errors."""
        request = pb.MarkLeadConvertedRequest(lead_id=lead_id, customer_id=customer_id, opportunity_id=opportunity_id)
        await self._stub.MarkLeadConverted(request)

    async def undo_conversion(self, lead_id: LeadId, opportunity_id: OpportunityId) -> None:
        """Takes the mark back; see the port for errors."""
        await self._stub.UndoLeadConversion(
            pb.UndoLeadConversionRequest(lead_id=lead_id, opportunity_id=opportunity_id)
        )
