"""FunnelService: the funnel, counted."""

import grpc

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
        return mapping.funnel_answer(await self._count_funnel(mapping.funnel_question(request)))
