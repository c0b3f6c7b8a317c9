"""RawLeadService: leads as they were sent."""

import grpc

from chassis.proto_values import timestamp_of
from lead_router.application.read_raw_lead import RawLeadReader
from lead_router.domain.ids import LeadId
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1 import raw_lead_service_pb2 as pb
from throughline.lead_router.v1.raw_lead_service_pb2_grpc import RawLeadServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class RawLeadServicer(RawLeadServiceServicer):
    """Parse, call, render."""

    def __init__(self, read: RawLeadReader) -> None:
        self._read = read

    async def GetRawLead(self, request: pb.GetRawLeadRequest, context: Context) -> pb.GetRawLeadResponse:
        raw = await self._read(LeadId(request.lead_id))
        return pb.GetRawLeadResponse(
            lead_id=raw.lead_id,
            door=raw.door,
            submitter=raw.submitter,
            received_at=timestamp_of(raw.received_at),
            submission=lead_pb2.LeadSubmission.FromString(raw.submission),
            sha256=raw.sha256,
        )
