"""The timeline of a customer: facts that services have told, by its one id."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chassis.ids import PersonId
from collab.domain.ids import CustomerId, LeadId


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stood in the company."""

    department: str
    """Kind of the team, for example `sales`; empty where not known."""
    roles: tuple[str, ...]


NOWHERE = Place("", ())


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One fact. Ids and codes, no personal data but ids of people."""

    id: str
    customer_id: CustomerId | None
    """None while the lead that it is about is nobody's yet."""
    lead_id: LeadId | None
    kind: str
    """For example `opportunity.stage_changed`."""
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    person_id: PersonId | None
    """Who did it, else whom it is about."""
    resource: str
    """What it is about, as in its URL."""
    place: Place = NOWHERE
    """Of that person, then."""
    references: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_by_lead(self) -> bool:
        """Whether its customer is that of its lead, and goes when the lead is taken back."""
        return self.customer_id is None


@dataclass(frozen=True, slots=True)
class TimelineFilter:
    """Which entries are wanted; empty fields do not narrow."""

    kinds: tuple[str, ...] = ()
    """A kind, or an aggregate for all of its kinds."""
    departments: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    """Before this moment."""
