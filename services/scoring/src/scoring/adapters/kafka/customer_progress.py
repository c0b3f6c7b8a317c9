"""What each event of customers tells of them."""

from typing import Any

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.ids import PersonId, TeamId
from scoring.domain.customer_progress import CustomerProgress, CustomerStanding
from scoring.domain.ids import CustomerId
from throughline.collab.v1 import customer_pb2
from throughline.collab.v1 import events_pb2 as customer_events

CUSTOMER_EVENTS: tuple[type[Message], ...] = (
    customer_events.CustomerCreated,
    customer_events.CustomerChanged,
    customer_events.CustomerArchived,
    customer_events.CustomerRestored,
    customer_events.CustomerMerged,
    customer_events.CustomerUnmerged,
    customer_events.CustomerContactChanged,
)


def told_of_customer(event: Event[Any]) -> CustomerProgress | None:
    """What the event tells of a customer; None where it is about something else."""
    fact = event.message
    if not isinstance(fact, CUSTOMER_EVENTS):
        return None
    if isinstance(fact, customer_events.CustomerContactChanged):
        return _progress(event, fact.customer_id, fact.completeness_pct, None)
    customer: customer_pb2.CustomerFacts = fact.customer  # type: ignore[attr-defined]  # all others carry the facts
    return _progress(event, customer.customer_id, customer.completeness_pct, _standing(customer))


def _progress(
    event: Event[Any], customer_id: str, completeness_pct: int, standing: CustomerStanding | None
) -> CustomerProgress:
    version = event.aggregate_version
    return CustomerProgress(CustomerId(customer_id), version, event.recorded_at, completeness_pct, standing)


def _standing(customer: customer_pb2.CustomerFacts) -> CustomerStanding:
    """One that was merged into another counts no more than one that was archived."""
    return CustomerStanding(
        owner_id=PersonId(customer.owner_id) if customer.owner_id else None,
        team_id=TeamId(customer.team_id) if customer.team_id else None,
        source=customer.source or None,
        region=customer.region or None,
        is_archived=customer.is_archived or bool(customer.merged_into),
    )
