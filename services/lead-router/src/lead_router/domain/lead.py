"""The lead: from receipt to customer, and never lost on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lead_router.domain import events as e
from lead_router.domain.errors import AlarmNotDue, LeadNotScored, LeadStateForbids, missing_field
from lead_router.domain.events import Owner
from lead_router.domain.ids import CustomerId, FileId, LeadId, OpportunityId, PersonId
from lead_router.domain.lead_clocks import LeadClocks
from lead_router.domain.lead_details import LeadDetails, LeadProfile, LeadScore, ScoreVerdict
from lead_router.domain.lead_ending import DeathReason, LeadQuality
from lead_router.domain.lead_state import LeadState, Move
from lead_router.domain.ownership import Ownership
from lead_router.domain.qualification import ALL_DOCUMENTS, DocumentKind, Qualification
from lead_router.domain.response_clock import ClockKind, ClockTerms, WorkingTime
from lead_router.domain.signals.behaviour import Recognised
from lead_router.domain.standing import Standing


@dataclass(slots=True, kw_only=True)
class Lead(Ownership):
    """A submission and what became of it.

    Every method is one move. It raises where the state forbids the move, and otherwise records at least one event, each
    of which raises `version` by one. `at` is always business time.
    """

    @classmethod
    def receive(
        cls,
        lead_id: LeadId,
        details: LeadDetails,
        *,
        at: datetime,
        terms: ClockTerms,
        is_urgent: bool = False,
        customer_id: CustomerId | None = None,
        captured: Mapping[str, str] | None = None,
        score: LeadScore | None = None,
        shadow_score: LeadScore | None = None,
    ) -> "Lead":
        """A submission that is a lead of its own. The response clock runs from now.

        Until a decision says otherwise it waits for a supervisor: should everything after this fail, a person sees it.

        Raises:
            Invalid: neither a contact identity nor (source, external id) is there.
        """
        _require_identity(details)
        clocks = LeadClocks.from_receipt(at, terms)
        lead = cls(
            id=lead_id,
            details=details,
            received_at=at,
            clocks=clocks,
            is_urgent=is_urgent,
            customer_id=customer_id,
            score=score,
            shadow_score=shadow_score,
        )
        profile, origin = details.profile, details.origin
        received = e.LeadReceived(
            lead._stamp(at),
            source=origin.source,
            utm_campaign=origin.utm_campaign,
            industry=profile.industry,
            region=profile.region,
            segment=profile.segment,
            product_line=profile.product_line,
            is_urgent=is_urgent,
            response_due_at=clocks.response_due_at(terms.working),
            captured=captured or {},
            score=score,
            shadow_score=shadow_score,
        )
        lead._events.append(received)
        return lead

    @classmethod
    def join_on_arrival(
        cls,
        lead_id: LeadId,
        details: LeadDetails,
        *,
        into: "Lead",
        submitter: PersonId | None,
        reasons: Sequence[str],
        at: datetime,
        terms: ClockTerms,
    ) -> "Lead":
        """A submission that strong keys join to a lead that is there; both are changed, `into` records `LeadJoined`.

        Raises:
            Invalid: as `receive`.
            LeadStateForbids: `into` has ended; the submission is then a lead of its own.
        """
        _require_identity(details)
        into.take_in(lead_id, source=details.origin.source, submitter=submitter, reasons=reasons, at=at)
        lead = cls(id=lead_id, details=details, received_at=at, clocks=LeadClocks.from_receipt(at, terms), version=1)
        lead.before_merge, lead.standing = lead.standing, Standing(LeadState.MERGED, None, merged_into=into.id)
        return lead

    def take_in(
        self, submission: LeadId, *, source: str, submitter: PersonId | None, reasons: Sequence[str], at: datetime
    ) -> None:
        """Another submission turned out to be this lead; whoever owns it is to be told. `reasons` are codes."""
        self._require(Move.JOIN)
        self.touches += 1
        self._events.append(
            e.LeadJoined(
                self._stamp(at),
                submission_id=submission,
                source=source,
                submitter_id=submitter,
                owner=self.owner,
                reasons=tuple(reasons),
            )
        )

    def let_go(self, submission: LeadId, *, source: str, at: datetime) -> None:
        """A submission that was joined to this lead is taken off again, in whatever state the lead is."""
        self.touches -= 1
        self._events.append(e.LeadJoinUndone(self._stamp(at), submission_id=submission, source=source))

    def record_follow_up(self, follow_up_id: str, *, occurred_at: datetime, at: datetime, working: WorkingTime) -> None:
        """A follow-up happened, perhaps before an alarm that rang meanwhile: then the alarm is withdrawn as well."""
        owner = self._require_owner(Move.FOLLOW_UP)
        self.clocks, touch = self.clocks.touched(occurred_at, working)
        self._events.append(
            e.LeadFollowedUp(
                self._stamp(at),
                follow_up_id=follow_up_id,
                owner=owner,
                followed_up_at=occurred_at,
                is_first=touch.is_first,
                response_minutes=touch.response_minutes,
                reactivated=touch.reactivated,
            )
        )
        for clock in touch.withdrawn:
            self._events.append(
                e.LeadAlarmWithdrawn(self._stamp(at), clock=clock, owner=owner, followed_up_at=occurred_at)
            )

    def warn_of_response(self, *, at: datetime, working: WorkingTime, is_unconfirmed: bool = False) -> None:
        """Rings the two-hour warning, once. Raises `AlarmNotDue` where it rang, was answered, or is not due."""
        self._require(Move.UPDATE)
        due = self.clocks.response_due_at(working)
        if due is None or due > at or self.clocks.response_overdue:
            raise AlarmNotDue(self.id, "response warning")
        self.clocks = replace(self.clocks, response_overdue=True)
        self._events.append(
            e.LeadResponseOverdue(self._stamp(at), owner=self.owner, due_at=due, is_unconfirmed=is_unconfirmed)
        )

    def fall_silent(self, *, at: datetime, working: WorkingTime, is_unconfirmed: bool = False) -> None:
        """Marks the lead 待激活: 48 hours passed without a follow-up by its owner. Raises `AlarmNotDue` before that."""
        owner = self._require_owner(Move.FALL_SILENT)
        due = self.clocks.follow_up_due_at(working)
        if due is None or due > at or self.clocks.to_be_activated:
            raise AlarmNotDue(self.id, "follow-up alarm")
        self.clocks = replace(self.clocks, to_be_activated=True, fell_silent=True, alarm_unconfirmed=is_unconfirmed)
        self._events.append(e.LeadFellSilent(self._stamp(at), owner=owner, due_at=due, is_unconfirmed=is_unconfirmed))

    def pause_clock(self, clock: ClockKind, *, reason: str, at: datetime) -> None:
        """Lets a clock stand still, with a reason. Raises `ClockStateForbids` where it does not run."""
        self._require(Move.PAUSE_CLOCK)
        if not reason.strip():
            raise missing_field("reason", "a reason is needed to pause a clock")
        self.clocks = self.clocks.paused(clock, at, reason)
        self._events.append(e.LeadClockPaused(self._stamp(at), clock=clock, reason=reason))

    def resume_clock(self, clock: ClockKind, *, at: datetime, working: WorkingTime) -> None:
        self._require(Move.RESUME_CLOCK)
        self.clocks = self.clocks.resumed(clock, at)
        response = clock is ClockKind.RESPONSE
        due = self.clocks.response_due_at(working) if response else self.clocks.follow_up_due_at(working)
        self._events.append(e.LeadClockResumed(self._stamp(at), clock=clock, due_at=due))

    def update_profile(self, profile: LeadProfile, *, custom: Mapping[str, str] | None, at: datetime) -> None:
        """Replaces what the lead wants; records `LeadUpdated` with the names of the fields, even where none differs."""
        self._require(Move.UPDATE)
        changed = list(profile.changed_from(self.details.profile))
        if custom is not None and dict(custom) != dict(self.details.custom):
            changed.append("custom")
        kept = self.details.custom if custom is None else custom
        self.details = replace(self.details, profile=profile, custom=kept)
        self._events.append(e.LeadUpdated(self._stamp(at), changed=tuple(changed)))

    def rescore(self, score: LeadScore, *, at: datetime) -> None:
        self._require(Move.SCORE)
        self.score = score
        self._events.append(
            e.LeadScored(self._stamp(at), win_probability_ppm=score.win_probability_ppm, model=score.model)
        )

    def judge_score(self, verdict: ScoreVerdict, *, judged_by: PersonId, at: datetime) -> None:
        """A person says whether the score is right; the score itself stays as it was given (LR-09).

        Raises:
            LeadNotScored: no model gave it one.
            LeadStateForbids: it has ended, so that its outcome says more.
        """
        self._require(Move.SCORE)
        if self.score is None:
            raise LeadNotScored(self.id)
        self._events.append(
            e.LeadScoreJudged(self._stamp(at), verdict=verdict, score=self.score, judged_by=judged_by, owner=self.owner)
        )

    def raise_urgency(self, causes: Sequence[str], *, at: datetime) -> None:
        """Marks the lead urgent; a lead that is urgent already records the new causes."""
        self._require(Move.UPDATE)
        self.is_urgent = True
        if self.state is LeadState.WAITING:
            self.standing = replace(self.standing, look_again_at=None)  # looked at next, not at its old time
        self._events.append(e.LeadUrgencyRaised(self._stamp(at), causes=tuple(causes), owner=self.owner))

    def recognise_behaviour(self, recognised: Recognised, *, at: datetime) -> None:
        """A rule found behaviour in the lead's signals (LR-06)."""
        self._require(Move.UPDATE)
        self._events.append(e.LeadBehaviourRecognised(self._stamp(at), recognised=recognised, owner=self.owner))

    def attach_document(
        self,
        kind: DocumentKind,
        file: FileId,
        *,
        at: datetime,
        required: Sequence[DocumentKind] = ALL_DOCUMENTS,
    ) -> None:
        """Adds a qualifying document; the last required one makes the lead qualified (LR-14)."""
        owner = self._require_owner(Move.ATTACH)
        was_qualified = self.qualification.qualified_at is not None
        self.qualification = self.qualification.attach(kind, file, at, required)
        self._events.append(e.LeadDocumentAttached(self._stamp(at), kind=kind, file_id=file))
        if self.qualification.qualified_at is not None and not was_qualified:
            self._events.append(e.LeadQualified(self._stamp(at), owner=owner))

    def merge(
        self,
        *,
        into: LeadId | None = None,
        into_customer: CustomerId | None = None,
        reasons: Sequence[str],
        at: datetime,
    ) -> None:
        """Merges a lead that stood for itself into another one or a customer. `part` takes it back."""
        self._require(Move.MERGE)
        if (into is None) == (into_customer is None) or into == self.id:
            raise missing_field("into", "exactly one other lead, or one customer, to merge into")
        left, self.before_merge = self.owner, self.standing
        self.standing = Standing(LeadState.MERGED, None, merged_into=into, merged_into_customer=into_customer)
        self._events.append(
            e.LeadMerged(
                self._stamp(at), into_lead=into, into_customer=into_customer, left=left, reasons=tuple(reasons)
            )
        )

    def part(self, *, at: datetime) -> None:
        """Takes a merge back: the lead stands where it stood; an offer that was open then waits for a new decision."""
        self._require(Move.PART)
        before = self.before_merge or Standing()
        self.standing = Standing() if before.state is LeadState.OFFERED else before
        self.before_merge = None
        self._events.append(e.LeadParted(self._stamp(at), state=self.state, owner=self.owner))

    def reject(self, reason: str, *, at: datetime) -> None:
        """Refuses the submission with a reason code, for example `IMPORT_UNDONE`."""
        self._require(Move.REJECT)
        left = self._end(Standing(LeadState.REJECTED, None, end_reason=_code(reason)), at)
        source = self.details.origin.source
        self._events.append(e.LeadRejected(self._stamp(at), reason=reason, source=source, left=left))

    def close(self, reason: DeathReason, quality: LeadQuality, *, at: datetime) -> None:
        """Ends the lead without a sale: why it died and what it was worth to sales, for its source (LR-18)."""
        self._require(Move.CLOSE)
        owner = self._end(Standing(LeadState.CLOSED, None, owner=self.owner, end_reason=reason.value), at)
        self.quality = quality
        origin = self.details.origin
        self._events.append(
            e.LeadClosed(
                self._stamp(at),
                reason=reason,
                quality=quality,
                owner=owner,
                source=origin.source,
                utm_campaign=origin.utm_campaign,
            )
        )

    def rate(self, quality: LeadQuality, *, rated_by: PersonId, at: datetime) -> None:
        """Sales rates the lead it received; a later rating replaces an earlier one."""
        self._require(Move.RATE)
        self.quality = quality
        origin = self.details.origin
        self._events.append(
            e.LeadQualityRated(
                self._stamp(at),
                quality=quality,
                source=origin.source,
                utm_campaign=origin.utm_campaign,
                owner=self.owner,
                rated_by=rated_by,
            )
        )

    def reopen(self, *, at: datetime) -> None:
        """A rejected or closed lead waits again, in the supervisor's queue."""
        self._require(Move.REOPEN)
        was, self.standing, self.clocks = self.state, Standing(), self.clocks.reopened()
        self._events.append(e.LeadReopened(self._stamp(at), was=was))

    def convert(self, customer: CustomerId, opportunity: OpportunityId, *, at: datetime) -> None:
        """The lead became a customer and an opportunity, ids chosen by the saga."""
        owner, was = self._require_owner(Move.CONVERT), self.standing
        ended = Standing(
            LeadState.CONVERTED,
            None,
            owner=owner,
            assigned_at=was.assigned_at,
            opportunity_id=opportunity,
            is_accepted=was.is_accepted,
        )
        self._end(ended, at)
        self.customer_id = customer
        self._events.append(
            e.LeadConverted(self._stamp(at), customer_id=customer, opportunity_id=opportunity, owner=owner)
        )

    def is_converted_into(self, opportunity: OpportunityId) -> bool:
        """Whether it became this very opportunity."""
        return self.state is LeadState.CONVERTED and self.standing.opportunity_id == opportunity

    def undo_conversion(self, *, at: datetime, terms: ClockTerms) -> None:
        """The lead is its owner's again, with a whole follow-up clock: nobody is late for time spent as a customer."""
        self._require(Move.UNDO_CONVERSION)
        was, customer = self.standing, self.customer_id
        owner, opportunity = was.owner, was.opportunity_id
        if owner is None or customer is None or opportunity is None:
            raise LeadStateForbids(self.id, "without what it became", Move.UNDO_CONVERSION)
        self.standing = Standing(
            LeadState.ASSIGNED, None, owner=owner, assigned_at=was.assigned_at or at, is_accepted=was.is_accepted
        )
        self.clocks = self.clocks.reopened().owned(at, terms)
        self.customer_id = None
        self._events.append(
            e.LeadConversionUndone(
                self._stamp(at),
                customer_id=customer,
                opportunity_id=opportunity,
                owner=owner,
                follow_up_due_at=self.clocks.follow_up_due_at(terms.working),
            )
        )

    def erase(self, *, at: datetime) -> None:
        """Empties all personal data, from any state. There is no way back."""
        self._require(Move.ERASE)
        was = self.state
        self._end(Standing(LeadState.ERASED, None), at)
        self.details, self.before_merge = self.details.without_personal_data(), None
        self.qualification = Qualification(qualified_at=self.qualification.qualified_at)
        self._events.append(e.LeadErased(self._stamp(at), was=was))

    def _end(self, standing: Standing, at: datetime) -> Owner | None:
        left, self.standing = self.owner, standing
        self.clocks = self.clocks.ended(at)
        return left


def _code(reason: str) -> str:
    if not reason.strip():
        raise missing_field("reason", "a reason is needed")
    return reason


def _require_identity(details: LeadDetails) -> None:
    if not details.identity.can_be_reached and not (details.origin.source and details.origin.external_id):
        raise missing_field("identity", "a phone, an e-mail, a company, or the source's own id of the lead")
