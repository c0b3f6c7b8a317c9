"""Reads our own facts about leads, to know when something is to happen to them by itself.

Kept out of the transaction that places a lead: rules of pools are read here, and nobody waits for them.
"""

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.subscription import Handler
from lead_router.application.raise_urgency import UrgencyWatch
from lead_router.application.recycle_leads import Recycler
from lead_router.domain.ids import LeadId
from throughline.lead_router.v1 import events_pb2 as pb


def lead_watch_handlers(recycler: Recycler, urgency: UrgencyWatch) -> Mapping[type[Message], Handler]:
    """A lead that came is watched for the end of its trial, one with a new owner or pool for what the pools do."""

    async def moved(event: Event[Any]) -> None:
        await recycler.watch(LeadId(event.message.lead_id))

    async def received(event: Event[pb.LeadReceived]) -> None:
        await urgency.watch(LeadId(event.message.lead_id))

    moves = (pb.LeadAssigned, pb.LeadReassigned, pb.LeadConversionUndone, pb.LeadPooled)
    return {pb.LeadReceived: received, **dict.fromkeys(moves, moved)}
