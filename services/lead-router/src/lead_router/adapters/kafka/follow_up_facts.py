"""Reads the pipeline's facts about follow-ups."""

from collections.abc import Mapping

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.proto_values import moment_of
from chassis.subscription import Handler
from lead_router.application.note_follow_up import NoteFollowUp, NoteFollowUpHandler
from lead_router.domain.ids import LeadId
from throughline.pipeline.v1.events_pb2 import FollowUpRecorded


def follow_up_handlers(note_follow_up: NoteFollowUpHandler) -> Mapping[type[Message], Handler]:
    """A follow-up of a lead stops its clocks; one of a customer does not concern the router."""

    async def handle(event: Event[FollowUpRecorded]) -> None:
        fact = event.message
        if fact.lead_id:
            occurred_at = moment_of(fact.occurred_at)
            await note_follow_up(NoteFollowUp(fact.follow_up_id, LeadId(fact.lead_id), occurred_at))

    return {FollowUpRecorded: handle}
