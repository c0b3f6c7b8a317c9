"""FunnelService: the funnel, counted and opened."""

import grpc

from chassis.pages import cursor_of, size_of, token_after
from scoring.adapters.grpc import mapping
from scoring.application.count_funnel import FunnelCounter
from throughline.scoring.v1 import funnel_service_pb2 as pb
from throughline.scoring.v1.funnel_service_pb2_grpc import FunnelServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class FunnelServicer(FunnelServiceServicer):
    """Parse, call, render."""

    def __init__(self, count_funnel: FunnelCounter) -> None:
        self._count_funnel = count_funnel

    async def GetFunnel(self, request: pb.GetFunnelRequest, context: Context) -> pb.GetFunnelResponse:
        return mapping.funnel_answer(await self._count_funnel.defined(mapping.funnel_question(request)))

    async def ListFunnelLeads(self, request: pb.ListFunnelLeadsRequest, context: Context) -> pb.ListFunnelLeadsResponse:
        size = size_of(request)
        found = await self._count_funnel.leads(mapping.funnel_cell(request), cursor_of(request), size + 1)
        page = found[:size]
        more = len(found) > size
        token = token_after(request, key=(page[-1].at.isoformat(),), id=page[-1].id) if more else ""
        return pb.ListFunnelLeadsResponse(leads=map(mapping.lead_message, page), next_page_token=token)

    async def ListFunnelOpportunities(
        self, request: pb.ListFunnelOpportunitiesRequest, context: Context
    ) -> pb.ListFunnelOpportunitiesResponse:
        size = size_of(request)
        found = await self._count_funnel.opportunities(mapping.funnel_cell(request), cursor_of(request), size + 1)
        page = found[:size]
        more = len(found) > size
        token = token_after(request, key=(page[-1].at.isoformat(),), id=page[-1].id) if more else ""
        return pb.ListFunnelOpportunitiesResponse(
            opportunities=map(mapping.opportunity_message, page), next_page_token=token
        )
