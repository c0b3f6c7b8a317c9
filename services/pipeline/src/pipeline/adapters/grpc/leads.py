"""Asks the router about a lead whose events have not arrived yet."""

from chassis.channels import Channels
from chassis.ids import PersonId, TeamId
from chassis.proto_values import word_of
from pipeline.domain.ids import LeadId
from pipeline.domain.lead_standing import LeadStanding
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1.lead_service_pb2 import GetLeadRequest
from throughline.lead_router.v1.lead_service_pb2_grpc import LeadServiceStub


class GrpcLeads:
    """The router behind the port `Leads`, asked with the caller's own rights."""

    def __init__(self, channels: Channels) -> None:
        self._stub = LeadServiceStub(channels.to("lead-router"))

    async def standing(self, lead_id: LeadId) -> LeadStanding:
        """What the router knows of the lead.

        Raises:
            NotFound: there is no such lead for the caller.
            Unreachable: the router does not answer.
        """
        lead = (await self._stub.GetLead(GetLeadRequest(lead_id=lead_id))).lead
        return LeadStanding(
            lead_id,
            word_of(lead_pb2.LeadState, lead.state),
            PersonId(lead.owner_id) if lead.owner_id else None,
            TeamId(lead.team_id) if lead.team_id else None,
        )
