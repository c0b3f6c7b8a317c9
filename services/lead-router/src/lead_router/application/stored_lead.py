"""A lead as it is kept: the aggregate, and what deciding and normalising found out about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chassis.working_time import WorkingTime
from lead_router.domain.lead import Lead
from matching.identity import NormalisedIdentity


@dataclass(slots=True)
class StoredLead:
    """One row of leads."""

    lead: Lead
    worth: int = 0
    """Expected value in average hands, in hundredths of the tenant's currency."""
    warnings: Sequence[str] = ()
    """Codes from normalising, for example `CREDIT_CODE_INVALID`."""
    response_due_at: datetime | None = None
    """When the response warning rings, as it was when the row was last written; None where nothing is awaited."""
    follow_up_due_at: datetime | None = None
    """When the 48-hour alarm rings, likewise."""

    def reckon(self, working: WorkingTime) -> None:
        """Brings both due times up to the lead's clocks; to be done before the row is written."""
        self.response_due_at = self.lead.clocks.response_due_at(working)
        self.follow_up_due_at = self.lead.clocks.follow_up_due_at(working)


@dataclass(frozen=True, slots=True)
class Intake:
    """What came in, untouched, with what is needed to find it again."""

    stored: StoredLead
    identity: NormalisedIdentity
    door: str
    """By which door: the method or import that took it in."""
    submitter: str
    """Who sent it: the caller's actor."""
    submission: bytes
    """The submission as it was sent, serialised."""


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """Which leads are wanted; empty fields do not narrow."""

    states: Sequence[str] = field(default_factory=tuple)
    owner_id: str = ""
    team_id: str = ""
    source: str = ""
    waiting_reason: str = ""
    to_be_activated: bool = False
    qualified: bool = False
