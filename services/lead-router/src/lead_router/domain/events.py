"""What happened to a lead. Facts and ids only: no name, phone, e-mail or free text of a customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from lead_router.domain.ids import CustomerId, DecisionId, FileId, LeadId, OpportunityId, PersonId, PoolId, RepId
from lead_router.domain.lead_details import LeadScore, ScoreVerdict
from lead_router.domain.lead_ending import DeathReason, LeadQuality
from lead_router.domain.lead_state import LeadState, WaitingReason
from lead_router.domain.qualification import DocumentKind
from lead_router.domain.response_clock import ClockKind
from lead_router.domain.signals.behaviour import Recognised


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns a lead, with the team and the direct supervisor at that time."""

    rep_id: RepId
    team_id: str = ""
    supervisor_id: PersonId | None = None


class MovedBecause(StrEnum):
    """How a lead came to its owner. The first six are codes of the receipt too."""

    BEST_TOTAL = "BEST_TOTAL"
    STICKY_OWNER = "STICKY_OWNER"
    TERRITORY_OWNER = "TERRITORY_OWNER"
    BY_HAND = "BY_HAND"
    CLAIMED = "CLAIMED"
    REROUTED = "REROUTED"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which lead, the version it had after the event, and the business time of it."""

    lead_id: LeadId
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LeadEvent:
    stamp: Stamp

    @property
    def lead_id(self) -> LeadId:
        return self.stamp.lead_id

    @property
    def version(self) -> int:
        return self.stamp.version

    @property
    def at(self) -> datetime:
        return self.stamp.at


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadReceived(LeadEvent):
    """A submission came in and is a lead of its own."""

    source: str
    utm_campaign: str
    industry: str
    region: str
    segment: str
    product_line: str
    is_urgent: bool
    response_due_at: datetime | None
    captured: Mapping[str, str] = field(default_factory=dict)
    """Answers that it can be scored by, without those of forms and custom fields."""
    score: LeadScore | None = None
    shadow_score: LeadScore | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadJoined(LeadEvent):
    """A submission was joined to this lead on strong keys; the submission is a merged lead of its own."""

    submission_id: LeadId
    source: str
    submitter_id: PersonId | None
    owner: Owner | None
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadJoinUndone(LeadEvent):
    """A join was taken off again: the import that brought the submission was undone."""

    submission_id: LeadId
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadUpdated(LeadEvent):
    """Its profile or custom fields changed; `changed` names the fields, not the values."""

    changed: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadScored(LeadEvent):
    win_probability_ppm: int
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadScoreJudged(LeadEvent):
    """A person said whether its score is right."""

    verdict: ScoreVerdict
    score: LeadScore
    judged_by: PersonId
    owner: Owner | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadUrgencyRaised(LeadEvent):
    """It became urgent after it was received; the owner is to be told (LR-04)."""

    causes: Sequence[str]
    owner: Owner | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadOffered(LeadEvent):
    decision_id: DecisionId
    to: Owner
    expires_at: datetime
    attempt: int
    """1 for the first offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadOfferDeclined(LeadEvent):
    rep_id: RepId
    reason: str
    keeps_credit: bool
    """True where the reason is not on the policy's list, so that the ledger counts the lead all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadOfferExpired(LeadEvent):
    rep_id: RepId


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadAssigned(LeadEvent):
    """The lead got an owner by decision, by an accepted offer, or by a claim from a pool."""

    decision_id: DecisionId | None
    owner: Owner
    because: MovedBecause
    is_urgent: bool
    follow_up_due_at: datetime | None
    waited: timedelta | None = None
    """From receipt until it had its first owner; None where it had one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadReassigned(LeadEvent):
    """The lead was given to another rep: by a person with a reason, or by re-routing before the first contact."""

    decision_id: DecisionId | None
    left: Owner | None
    owner: Owner
    because: MovedBecause
    moved_by: PersonId | None
    """The person; None for re-routing."""
    follow_up_due_at: datetime | None
    waited: timedelta | None = None
    """From receipt until it had its first owner; None where it had one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadQueued(LeadEvent):
    decision_id: DecisionId | None
    reason: WaitingReason
    look_again_at: datetime | None
    supervisor_ids: Sequence[PersonId] = ()
    """In whose queue it stands; empty for the other reasons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadPooled(LeadEvent):
    pool_id: PoolId
    left: Owner | None
    cause: str
    """Code: one of `PoolCause`."""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadProtectionExtended(LeadEvent):
    owner: Owner
    extensions: int
    """How often this owner did, this time included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadMerged(LeadEvent):
    """A lead that stood for itself was merged into another one, or into a customer."""

    into_lead: LeadId | None
    into_customer: CustomerId | None
    left: Owner | None
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadParted(LeadEvent):
    """A merge was taken back; the lead stands again where it stood before."""

    state: LeadState
    owner: Owner | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadRejected(LeadEvent):
    reason: str
    source: str
    left: Owner | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadReopened(LeadEvent):
    was: LeadState


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadConverted(LeadEvent):
    customer_id: CustomerId
    opportunity_id: OpportunityId
    owner: Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadConversionUndone(LeadEvent):
    """A conversion was taken back: the lead is its owner's again."""

    customer_id: CustomerId
    opportunity_id: OpportunityId
    owner: Owner
    follow_up_due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadClosed(LeadEvent):
    reason: DeathReason
    quality: LeadQuality
    owner: Owner | None
    source: str
    utm_campaign: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadQualityRated(LeadEvent):
    """Sales rated the lead: what its source is worth, seen from behind (LR-18)."""

    quality: LeadQuality
    source: str
    utm_campaign: str
    owner: Owner | None
    rated_by: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadErased(LeadEvent):
    was: LeadState


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFollowedUp(LeadEvent):
    """A follow-up stopped the lead's clocks."""

    follow_up_id: str
    owner: Owner
    followed_up_at: datetime
    is_first: bool
    """True for the first touch of the lead."""
    response_minutes: int | None
    """From receipt to the first touch, in the time that the response clock counts; None for later follow-ups."""
    reactivated: bool
    """True where it ended 待激活."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadResponseOverdue(LeadEvent):
    """The customer had no answer within the response limit."""

    owner: Owner | None
    due_at: datetime
    is_unconfirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFellSilent(LeadEvent):
    """No follow-up within the limit of the follow-up clock: the lead is 待激活 now."""

    owner: Owner
    due_at: datetime
    is_unconfirmed: bool
    """True where the owner of follow-ups could not be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadAlarmWithdrawn(LeadEvent):
    """A follow-up turned out to have happened before the deadline of an alarm that rang."""

    clock: ClockKind
    owner: Owner
    followed_up_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadClockPaused(LeadEvent):
    clock: ClockKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadClockResumed(LeadEvent):
    clock: ClockKind
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadDocumentAttached(LeadEvent):
    kind: DocumentKind
    file_id: FileId


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadQualified(LeadEvent):
    """All required documents are in: the lead counts into 有效开拓量."""

    owner: Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadBehaviourRecognised(LeadEvent):
    """A rule found behaviour in its signals."""

    recognised: Recognised
    owner: Owner | None
