"""Asks the pipeline, which owns follow-ups, before an alarm rings."""

from datetime import datetime

from chassis.channels import Channels
from chassis.proto_values import moment_of, timestamp_of
from lead_router.domain.ids import LeadId
from throughline.pipeline.v1.activity_service_pb2 import FindFollowUpSinceRequest
from throughline.pipeline.v1.activity_service_pb2_grpc import ActivityServiceStub


class GrpcFollowUps:
    """The pipeline behind the port `FollowUps`."""

    def __init__(self, channels: Channels) -> None:
        self._stub = ActivityServiceStub(channels.to("pipeline"))

    async def first_since(self, lead_id: LeadId, since: datetime) -> datetime | None:
        """When the first follow-up of the lead at or after a moment happened; None where there was none.

        Raises:
            Unreachable: the pipeline does not answer.
        """
        request = FindFollowUpSinceRequest(lead_id=lead_id, since=timestamp_of(since))
        found = await self._stub.FindFollowUpSince(request)
        return moment_of(found.occurred_at) if found.follow_up_id else None
