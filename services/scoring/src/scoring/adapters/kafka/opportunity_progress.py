"""What each event of opportunities tells of them: all of them tell how the opportunity stands."""

from typing import Any

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.ids import PersonId, TeamId
from chassis.proto_values import moment_of, word_of
from scoring.domain.ids import LeadId, OpportunityId
from scoring.domain.opportunity_progress import OpportunityProgress
from throughline.pipeline.v1 import events_pb2 as pipeline_events
from throughline.pipeline.v1 import opportunity_pb2

OPPORTUNITY_EVENTS: frozenset[type[Message]] = frozenset(
    {
        pipeline_events.OpportunityCreated,
        pipeline_events.OpportunityStageChanged,
        pipeline_events.OpportunityWon,
        pipeline_events.OpportunityLost,
        pipeline_events.OpportunityReopened,
        pipeline_events.OpportunityWithdrawn,
        pipeline_events.OpportunityChanged,
        pipeline_events.OpportunitySnapshot,
    }
)


def told_of_opportunity(event: Event[Any]) -> OpportunityProgress | None:
    """What the event tells of an opportunity; None where it is about something else."""
    if type(event.message) not in OPPORTUNITY_EVENTS:
        return None
    fact = event.message
    return OpportunityProgress(
        opportunity_id=OpportunityId(fact.opportunity_id),
        version=event.aggregate_version,
        recorded_at=event.recorded_at,
        created_at=moment_of(fact.created_at),
        lead_id=LeadId(fact.lead_id) if fact.lead_id else None,
        owner_id=PersonId(fact.owner_id),
        team_id=TeamId(fact.team_id) if fact.team_id else None,
        state=word_of(opportunity_pb2.OpportunityState, fact.state),
    )
