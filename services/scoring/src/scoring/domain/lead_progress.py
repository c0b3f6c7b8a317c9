"""What one fact tells of a lead's way through the funnel 销售漏斗.

What is known of a lead is the union of what its facts tell: of each step the earliest time, of the owner the newest
version. Neither depends on the order in which the facts arrive, nor on how often.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chassis.ids import PersonId, TeamId
from scoring.domain.ids import LeadId, SubmissionId


class Step(StrEnum):
    """Steps that a lead reaches once and for all. Silence and conversion are none: both can be taken back."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    FOLLOWED_UP = "followed_up"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose the lead is from this version on; nobody's without an owner."""

    owner_id: PersonId | None
    team_id: TeamId | None


class AlarmKind(StrEnum):
    """What an alarm event says."""

    SILENT = "silent"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Alarm:
    """The lead fell silent, or a follow-up that was told late shows that it had not.

    A withdrawal takes back every silence of a lower version whose deadline passed at or after the follow-up.
    """

    kind: AlarmKind
    at: datetime
    """Of a silence: when the deadline passed. Of a withdrawal: when the follow-up happened."""


class ConversionKind(StrEnum):
    """What a fact about conversions says."""

    CONVERTED = "converted"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Conversion:
    """The lead was converted, or its conversion was taken back.

    An undoing takes back every conversion of a lower version; a lead that is converted again counts again.
    """

    kind: ConversionKind
    at: datetime


@dataclass(frozen=True, slots=True)
class JoinedSubmission:
    """A submission that was joined to the lead. It does not count as received, even where it once stood for itself."""

    submission_id: SubmissionId
    source: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class UndoneJoin:
    """A join that was taken off again; it never counts, whichever of the two is told first."""

    submission_id: SubmissionId
    source: str


@dataclass(frozen=True, slots=True)
class LeadProgress:
    """Told by one fact. Empty fields say nothing; they never take back what another fact has told."""

    lead_id: LeadId
    version: int
    """Version of the lead after the fact."""
    recorded_at: datetime
    source: str | None = None
    reached: Mapping[Step, datetime] = field(default_factory=dict)
    """Steps and when they were reached."""
    ownership: Ownership | None = None
    alarm: Alarm | None = None
    joined: JoinedSubmission | UndoneJoin | None = None
    conversion: Conversion | None = None
    product_line: str | None = None
    region: str | None = None
    industry: str | None = None
