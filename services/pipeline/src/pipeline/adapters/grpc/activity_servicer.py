"""ActivityService: follow-ups in and out."""

import grpc

from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from chassis.proto_values import moment_of
from pipeline.adapters.grpc import mapping
from pipeline.application.find_follow_ups import FollowUpFinder
from pipeline.application.record_follow_up import RecordFollowUpHandler
from pipeline.domain.ids import FollowUpId, LeadId
from throughline.pipeline.v1 import activity_service_pb2 as pb
from throughline.pipeline.v1.activity_service_pb2_grpc import ActivityServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class ActivityServicer(ActivityServiceServicer):
    """Parse, call, render."""

    def __init__(self, record_follow_up: RecordFollowUpHandler, find: FollowUpFinder) -> None:
        self._record_follow_up = record_follow_up
        self._find = find

    async def RecordFollowUp(self, request: pb.RecordFollowUpRequest, context: Context) -> pb.RecordFollowUpResponse:
        return await answered(self._record_follow_up(mapping.record_follow_up(request)), mapping.recorded)

    async def GetFollowUp(self, request: pb.GetFollowUpRequest, context: Context) -> pb.GetFollowUpResponse:
        follow_up = await self._find.get(FollowUpId(request.follow_up_id))
        return pb.GetFollowUpResponse(follow_up=mapping.follow_up_message(follow_up))

    async def ListFollowUps(self, request: pb.ListFollowUpsRequest, context: Context) -> pb.ListFollowUpsResponse:
        size = size_of(request)
        found = await self._find.page(mapping.follow_up_filter(request), cursor_of(request), size + 1)
        page = found[:size]
        token = token_after(request, key=(), id=page[-1].id) if len(found) > size else ""
        messages = [mapping.follow_up_message(follow_up) for follow_up in page]
        return pb.ListFollowUpsResponse(follow_ups=messages, next_page_token=token)

    async def FindFollowUpSince(
        self, request: pb.FindFollowUpSinceRequest, context: Context
    ) -> pb.FindFollowUpSinceResponse:
        found = await self._find.first_since(LeadId(request.lead_id), moment_of(request.since))
        return mapping.found_since(found)
