"""A fact of the warehouse: one event of another service, kept for ever as it was told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.ids import PersonId, TeamId
from scoring.domain.ids import EventId, LeadId


@dataclass(frozen=True, slots=True)
class Fact:
    """Facts never change. What was known at a moment are those with an earlier `recorded_at`."""

    event_id: EventId
    type: str
    """Full name of the event's message, for example `throughline.lead_router.v1.LeadAssigned`."""
    aggregate_id: str
    aggregate_version: int
    occurred_at: datetime
    """When it happened, which may lie long before anybody told."""
    recorded_at: datetime
    """When its owner recorded it."""
    actor: str
    """`person:<id>` or `service:<name>`."""
    lead_id: LeadId | None
    owner_id: PersonId | None
    """Owner of the lead, where the event names one."""
    person_id: PersonId | None
    """Person who acted, where the event names one."""
    team_id: TeamId | None
    source: str | None
    payload: Mapping[str, Any]
    """The whole message in proto JSON with proto names. Events carry no personal data, so this holds none."""
