"""Reads our own facts about leads, to keep what leads are found by."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.subscription import Handler
from lead_router.application.search_leads import IndexLeadHandler
from lead_router.domain.ids import LeadId
from throughline.lead_router.v1.events_pb2 import LeadClosed, LeadJoined, LeadReceived, LeadRejected, LeadSnapshot


def lead_fact_handlers(index: IndexLeadHandler) -> Mapping[type[Message], Handler]:
    """After these, a lead may say something else about itself."""

    async def handle(event: Event[Any]) -> None:
        await index(LeadId(event.message.lead_id))

    return dict.fromkeys((LeadReceived, LeadJoined, LeadRejected, LeadClosed, LeadSnapshot), handle)
