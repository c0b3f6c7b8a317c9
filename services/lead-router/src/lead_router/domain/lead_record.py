"""What a lead remembers, and the discipline that all its moves keep: state first, then event, then version."""

from dataclasses import dataclass, field
from datetime import datetime

from chassis.errors import Stale
from lead_router.domain import events as e
from lead_router.domain.errors import LeadStateForbids
from lead_router.domain.events import Owner
from lead_router.domain.ids import CustomerId, LeadId, RepId
from lead_router.domain.lead_clocks import LeadClocks
from lead_router.domain.lead_details import LeadDetails, LeadScore
from lead_router.domain.lead_ending import LeadQuality
from lead_router.domain.lead_state import ALLOWED_FROM, LeadState, Move
from lead_router.domain.qualification import Qualification
from lead_router.domain.standing import Standing


@dataclass(slots=True, kw_only=True)
class LeadRecord:
    """The fields of a lead. Moves stand in `Ownership` and `Lead`; adapters read and restore the fields."""

    id: LeadId
    details: LeadDetails
    received_at: datetime
    clocks: LeadClocks
    standing: Standing = field(default_factory=Standing)
    version: int = 0
    is_urgent: bool = False
    score: LeadScore | None = None
    shadow_score: LeadScore | None = None
    """By the model in the shadow, for comparison alone."""
    customer_id: CustomerId | None = None
    """The account it was matched to, or became."""
    touches: int = 1
    """Submissions united in it, itself included."""
    declined_by: tuple[RepId, ...] = ()
    """Reps who declined an offer or let one pass; they get no other offer of this lead."""
    reroutes: int = 0
    qualification: Qualification = field(default_factory=Qualification)
    before_merge: Standing | None = None
    first_owned_at: datetime | None = None
    """When it had its first owner."""
    quality: LeadQuality | None = None
    """What sales says of it."""
    _events: list[e.LeadEvent] = field(default_factory=list, repr=False, compare=False)

    @property
    def state(self) -> LeadState:
        return self.standing.state

    @property
    def owner(self) -> Owner | None:
        return self.standing.owner

    @property
    def holder(self) -> Owner | None:
        """Whose room the lead takes while it is open: its owner's, or that of the rep it is offered to."""
        return self.standing.holder

    def require_version(self, version: int) -> None:
        """Raises `Stale` where the caller saw another version."""
        if version != self.version:
            raise Stale("lead", self.id, self.version)

    def pull_events(self) -> list[e.LeadEvent]:
        """The events since the last call, in order. They are to be written in the transaction that saves the lead."""
        pulled, self._events = self._events, []
        return pulled

    def _stamp(self, at: datetime) -> e.Stamp:
        self.version += 1
        return e.Stamp(self.id, self.version, at)

    def _require(self, move: Move) -> None:
        if self.state not in ALLOWED_FROM[move]:
            raise LeadStateForbids(self.id, self.state, move)

    def _require_owner(self, move: Move) -> Owner:
        self._require(move)
        if self.owner is None:
            raise LeadStateForbids(self.id, "without an owner", move)
        return self.owner
