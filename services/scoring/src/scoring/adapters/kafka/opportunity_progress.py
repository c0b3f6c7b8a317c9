"""What each event of opportunities tells of them: all of them tell how the opportunity stands."""

from datetime import datetime
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
        product_line=fact.product_line or None,
        stage=fact.stage or None,
        decided_at=_decided_at(event),
    )


def _decided_at(event: Event[Any]) -> datetime | None:
    """When it was won or lost. One that is closed changes no more, so only these facts and a snapshot tell of it."""
    fact = event.message
    if isinstance(fact, pipeline_events.OpportunitySnapshot):
        return moment_of(fact.closed_at) if fact.HasField("closed_at") else None
    is_decision = isinstance(fact, pipeline_events.OpportunityWon | pipeline_events.OpportunityLost)
    return event.occurred_at if is_decision else None
