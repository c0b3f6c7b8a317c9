"""Reads the router's facts about leads: whose they are, when they end, and of which segment they are."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.ids import PersonId, TeamId
from chassis.proto_values import word_of
from chassis.subscription import Handler
from pipeline.application.note_customer_type import NoteCustomerType, NoteCustomerTypeHandler
from pipeline.application.note_lead import NoteLead, NoteLeadHandler
from pipeline.domain.ids import LeadId
from pipeline.domain.lead_standing import LeadStanding
from throughline.lead_router.v1 import events_pb2 as pb
from throughline.lead_router.v1 import lead_pb2

Standing = Callable[[Any], tuple[str, str, str]]
"""State, owner and team that an event tells of; empty for nobody."""

_STANDINGS: Mapping[type[Message], Standing] = {
    pb.LeadQueued: lambda _: ("waiting", "", ""),
    pb.LeadAssigned: lambda fact: ("assigned", fact.owner_id, fact.team_id),
    pb.LeadReassigned: lambda fact: ("assigned", fact.owner_id, fact.team_id),
    pb.LeadRejected: lambda _: ("rejected", "", ""),
    pb.LeadClosed: lambda fact: ("closed", fact.owner_id, fact.team_id),
    pb.LeadConverted: lambda fact: ("converted", fact.owner_id, fact.team_id),
    pb.LeadConversionUndone: lambda fact: ("assigned", fact.owner_id, fact.team_id),
    pb.LeadOffered: lambda _: ("offered", "", ""),
    pb.LeadOfferDeclined: lambda _: ("waiting", "", ""),
    pb.LeadOfferExpired: lambda _: ("waiting", "", ""),
    pb.LeadPooled: lambda _: ("pooled", "", ""),
    pb.LeadSnapshot: lambda fact: (
        word_of(lead_pb2.LeadState, fact.state),
        fact.owner_id,
        fact.team_id,
    ),
}


def lead_fact_handlers(
    note_lead: NoteLeadHandler, note_type: NoteCustomerTypeHandler
) -> Mapping[type[Message], Handler]:
    """One handler per kind of fact that changes whose a lead is, or tells its segment."""

    async def note_standing(event: Event[Any]) -> None:
        state, owner_id, team_id = _STANDINGS[type(event.message)](event.message)
        told = LeadStanding(
            LeadId(event.message.lead_id),
            state,
            PersonId(owner_id) if owner_id else None,
            TeamId(team_id) if team_id else None,
        )
        await note_lead(NoteLead(told, event.aggregate_version))

    async def note_segment(event: Event[Any]) -> None:
        segment = word_of(lead_pb2.Segment, event.message.segment)
        await note_type(NoteCustomerType(event.message.lead_id, segment, event.aggregate_version))

    async def note_both(event: Event[Any]) -> None:
        await note_standing(event)
        await note_segment(event)

    return {**dict.fromkeys(_STANDINGS, note_standing), pb.LeadReceived: note_segment, pb.LeadSnapshot: note_both}
