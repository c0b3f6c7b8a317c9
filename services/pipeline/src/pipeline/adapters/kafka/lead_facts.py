"""Reads the router's facts about leads: whose they are, and when they end."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.ids import PersonId, TeamId
from chassis.proto_values import word_of
from chassis.subscription import Handler
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
    pb.LeadSnapshot: lambda fact: (
        word_of(lead_pb2.LeadState, fact.state),
        fact.owner_id,
        fact.team_id,
    ),
}


def lead_fact_handlers(note_lead: NoteLeadHandler) -> Mapping[type[Message], Handler]:
    """One handler per kind of fact that changes whose a lead is."""
    return {kind: _handler(standing, note_lead) for kind, standing in _STANDINGS.items()}


def _handler(standing: Standing, note_lead: NoteLeadHandler) -> Callable[[Event[Any]], Awaitable[None]]:
    async def handle(event: Event[Any]) -> None:
        state, owner_id, team_id = standing(event.message)
        told = LeadStanding(
            LeadId(event.message.lead_id),
            state,
            PersonId(owner_id) if owner_id else None,
            TeamId(team_id) if team_id else None,
        )
        await note_lead(NoteLead(told, event.aggregate_version))

    return handle
