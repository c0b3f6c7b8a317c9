"""Reads our own facts about leads, to hold each new one against the others."""

from collections.abc import Mapping

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.subscription import Handler
from lead_router.application.suspect_duplicates import SuspectDuplicatesHandler
from lead_router.domain.ids import LeadId
from throughline.lead_router.v1.events_pb2 import LeadReceived


def duplicate_handlers(suspect: SuspectDuplicatesHandler) -> Mapping[type[Message], Handler]:
    """A lead that was received may be one that is there."""

    async def handle(event: Event[LeadReceived]) -> None:
        await suspect(LeadId(event.message.lead_id))

    return {LeadReceived: handle}
