"""Every event of leads, follow-ups, opportunities and customers as a fact of the warehouse, with what it tells."""

from collections.abc import Sequence
from typing import Any

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from chassis.event_headers import Event
from chassis.ids import PersonId, TeamId
from chassis.subscription import Together
from scoring.adapters.kafka.customer_progress import CUSTOMER_EVENTS, told_of_customer
from scoring.adapters.kafka.lead_progress import told_of_lead
from scoring.adapters.kafka.opportunity_progress import told_of_opportunity
from scoring.application.record_fact import RecordFact, RecordFactsHandler
from scoring.domain.customer_progress import CustomerProgress
from scoring.domain.fact import Fact
from scoring.domain.ids import EventId, LeadId
from scoring.domain.lead_progress import LeadProgress
from scoring.domain.opportunity_progress import OpportunityProgress
from throughline.lead_router.v1 import events_pb2 as lead_events
from throughline.pipeline.v1 import events_pb2 as pipeline_events

LEAD, FOLLOW_UP, OPPORTUNITY, CUSTOMER = "lead", "follow_up", "opportunity", "customer"
AGGREGATES = (LEAD, FOLLOW_UP, OPPORTUNITY, CUSTOMER)


def taken_together(record_facts: RecordFactsHandler) -> Together:
    """All kinds of events, many at once. A kind that the funnel does not know yet is kept all the same."""
    kinds = [*_messages(lead_events.DESCRIPTOR), *_messages(pipeline_events.DESCRIPTOR), *CUSTOMER_EVENTS]

    async def handle(events: Sequence[Event[Any]]) -> None:
        await record_facts([RecordFact(fact_of(event), told_by(event)) for event in events])

    return Together(kinds, handle)


def fact_of(event: Event[Any]) -> Fact:
    """The event as the warehouse keeps it."""
    message = event.message
    return Fact(
        event_id=EventId(event.id),
        type=event.type,
        aggregate_id=event.aggregate_id,
        aggregate_version=event.aggregate_version,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        actor=event.actor,
        lead_id=LeadId(text) if (text := _text(message, "lead_id")) else None,
        owner_id=PersonId(text) if (text := _text(message, "owner_id")) else None,
        person_id=PersonId(text) if (text := _text(message, "person_id") or _text(message, "by_person_id")) else None,
        team_id=TeamId(text) if (text := _text(message, "team_id")) else None,
        source=_text(message, "source") or None,
        payload=MessageToDict(message, preserving_proto_field_name=True),
    )


def told_by(event: Event[Any]) -> LeadProgress | OpportunityProgress | CustomerProgress | None:
    """What the event tells of a lead, an opportunity or a customer; None where it tells nothing that is counted."""
    return told_of_lead(event) or told_of_opportunity(event) or told_of_customer(event)


def _messages(file: FileDescriptor) -> list[type[Message]]:
    return [GetMessageClass(message) for message in file.message_types_by_name.values()]


def _text(message: Message, name: str) -> str:
    return str(getattr(message, name, ""))
