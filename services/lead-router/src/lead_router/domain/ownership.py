"""How a lead comes to an owner and changes hands: by decision, by offer, from a pool, by a person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lead_router.domain import events as e
from lead_router.domain.errors import AlarmNotDue, LeadStateForbids, OfferOfAnother, RerouteForbidden, missing_field
from lead_router.domain.events import MovedBecause, Owner
from lead_router.domain.ids import DecisionId, PersonId, PoolId, RepId
from lead_router.domain.lead_record import LeadRecord
from lead_router.domain.lead_state import LeadState, Move, WaitingReason
from lead_router.domain.response_clock import ClockTerms
from lead_router.domain.standing import Standing


@dataclass(slots=True, kw_only=True)
class Ownership(LeadRecord):
    """The moves between waiting, offered, assigned and pooled. `at` is always business time."""

    def assign(
        self,
        owner: Owner,
        *,
        decision_id: DecisionId,
        because: MovedBecause,
        at: datetime,
        terms: ClockTerms,
    ) -> None:
        """Gives a waiting lead to the rep of a decision."""
        self._require(Move.ASSIGN)
        self._own(owner, decision_id=decision_id, because=because, at=at, terms=terms)

    def queue(
        self,
        reason: WaitingReason,
        *,
        decision_id: DecisionId | None,
        look_again_at: datetime | None,
        at: datetime,
        supervisors: Sequence[PersonId] = (),
    ) -> None:
        """Keeps a waiting lead waiting, with the reason that a decision found, and tells those in whose queue it is."""
        self._require(Move.QUEUE)
        self.standing = Standing(LeadState.WAITING, reason, look_again_at)
        self._events.append(
            e.LeadQueued(
                self._stamp(at),
                decision_id=decision_id,
                reason=reason,
                look_again_at=look_again_at,
                supervisor_ids=tuple(supervisors),
            )
        )

    def offer(self, to: Owner, *, decision_id: DecisionId, expires_at: datetime, at: datetime) -> None:
        """Offers a waiting lead; nobody owns it until the rep accepts."""
        self._require(Move.OFFER)
        self.standing = Standing(
            LeadState.OFFERED, None, offered_to=to, offer_expires_at=expires_at, offer_decision_id=decision_id
        )
        attempt = len(self.declined_by) + 1
        self._events.append(
            e.LeadOffered(self._stamp(at), decision_id=decision_id, to=to, expires_at=expires_at, attempt=attempt)
        )

    def accept_offer(self, rep: RepId, *, at: datetime, terms: ClockTerms) -> None:
        """The rep takes the offered lead. Raises `OfferOfAnother` for any other rep."""
        offered = self._offered_to(rep, Move.ACCEPT)
        decision = self.standing.offer_decision_id
        self._own(offered, decision_id=decision, because=MovedBecause.BEST_TOTAL, at=at, terms=terms, is_accepted=True)

    def decline_offer(self, rep: RepId, *, reason: str, keeps_credit: bool, at: datetime) -> None:
        """The rep says no: the lead waits for a fresh decision without this rep.

        Args:
            keeps_credit: whether the ledger counts the lead for the rep all the same, see `OfferRules.keeps_credit`.
        """
        self._offered_to(rep, Move.DECLINE)
        self._back_to_waiting(rep)
        self._events.append(e.LeadOfferDeclined(self._stamp(at), rep_id=rep, reason=reason, keeps_credit=keeps_credit))

    def expire_offer(self, *, at: datetime) -> None:
        """Nobody answered in time: as declined without a reason. Raises `AlarmNotDue` before that time."""
        self._require(Move.EXPIRE_OFFER)
        offered, expires_at = self.standing.offered_to, self.standing.offer_expires_at
        if offered is None or expires_at is None or at < expires_at:
            raise AlarmNotDue(self.id, "offer")
        self._back_to_waiting(offered.rep_id)
        self._events.append(e.LeadOfferExpired(self._stamp(at), rep_id=offered.rep_id))

    def claim(self, owner: Owner, *, at: datetime, terms: ClockTerms) -> None:
        """A rep takes the lead out of its pool."""
        self._require(Move.CLAIM)
        self._own(owner, decision_id=None, because=MovedBecause.CLAIMED, at=at, terms=terms, is_accepted=True)

    def pool(self, pool: PoolId, *, cause: str, at: datetime) -> None:
        """Puts the lead into a public pool 公海: by the policy's fallback, returned by its owner, or recycled."""
        self._require(Move.POOL)
        left = self.owner
        self.clocks = self.clocks.disowned()
        self._stand_in(pool, left=left, cause=cause, at=at)

    def rotate(self, pool: PoolId, *, cause: str, at: datetime) -> None:
        """Nobody claimed it in its pool: it goes on to another one."""
        self._require(Move.ROTATE)
        self._stand_in(pool, left=None, cause=cause, at=at)

    def extend_protection(self, *, at: datetime) -> None:
        """The owner puts recycling off once more; `pool.require_extendable` says whether that is allowed."""
        owner = self._require_owner(Move.EXTEND)
        self.standing = replace(self.standing, extensions=self.standing.extensions + 1)
        self._events.append(e.LeadProtectionExtended(self._stamp(at), owner=owner, extensions=self.standing.extensions))

    def override_owner(
        self,
        owner: Owner,
        *,
        reason: str,
        moved_by: PersonId,
        decision_id: DecisionId | None,
        at: datetime,
        terms: ClockTerms,
    ) -> None:
        """A person gives the lead to a rep, wherever it stands (LR-08).

        The reason stays with the receipt, not in the event, as people write names into it.

        Raises:
            Invalid: the reason is empty.
            LeadStateForbids: the lead has ended, or the rep owns it already.
        """
        self._require(Move.OVERRIDE)
        if not reason.strip():
            raise missing_field("reason", "a reason is needed to change the owner by hand")
        if self.owner is not None and self.owner.rep_id == owner.rep_id:
            raise LeadStateForbids(self.id, f"owned by {owner.rep_id}", Move.OVERRIDE)
        self._reassign(
            owner, because=MovedBecause.BY_HAND, moved_by=moved_by, decision_id=decision_id, at=at, terms=terms
        )

    def reroute(self, owner: Owner, *, decision_id: DecisionId, at_most: int, at: datetime, terms: ClockTerms) -> None:
        """Moves the lead to a much better rep after its signals changed; `rerouting.py` says how much better.

        Raises:
            RerouteForbidden: it was accepted or contacted, or was re-routed `at_most` times: only a person may move it.
        """
        self._require(Move.REROUTE)
        if self.clocks.first_touched_at is not None:
            raise RerouteForbidden(self.id, "it was contacted")
        if self.standing.is_accepted:
            raise RerouteForbidden(self.id, "its owner accepted it")
        if self.reroutes >= at_most:
            raise RerouteForbidden(self.id, f"it was re-routed {self.reroutes} times")
        self.reroutes += 1
        self._reassign(owner, because=MovedBecause.REROUTED, moved_by=None, decision_id=decision_id, at=at, terms=terms)

    def _offered_to(self, rep: RepId, move: Move) -> Owner:
        self._require(move)
        offered = self.standing.offered_to
        if offered is None or offered.rep_id != rep:
            raise OfferOfAnother(self.id, rep)
        return offered

    def _own(
        self,
        owner: Owner,
        *,
        decision_id: DecisionId | None,
        because: MovedBecause,
        at: datetime,
        terms: ClockTerms,
        is_accepted: bool = False,
    ) -> None:
        waited = self._wait_for_first_owner(at)
        due = self._take_ownership(owner, at, terms, is_accepted)
        self._events.append(
            e.LeadAssigned(
                self._stamp(at),
                decision_id=decision_id,
                owner=owner,
                because=because,
                is_urgent=self.is_urgent,
                follow_up_due_at=due,
                waited=waited,
            )
        )

    def _reassign(
        self,
        owner: Owner,
        *,
        because: MovedBecause,
        moved_by: PersonId | None,
        decision_id: DecisionId | None,
        at: datetime,
        terms: ClockTerms,
    ) -> None:
        left = self.owner or self.standing.offered_to
        waited = self._wait_for_first_owner(at)
        due = self._take_ownership(owner, at, terms, because is MovedBecause.BY_HAND)
        self._events.append(
            e.LeadReassigned(
                self._stamp(at),
                decision_id=decision_id,
                left=left,
                owner=owner,
                because=because,
                moved_by=moved_by,
                follow_up_due_at=due,
                waited=waited,
            )
        )

    def _wait_for_first_owner(self, at: datetime) -> timedelta | None:
        """How long it had none, where this is the first."""
        if self.first_owned_at is not None:
            return None
        self.first_owned_at = at
        return at - self.received_at

    def _take_ownership(self, owner: Owner, at: datetime, terms: ClockTerms, is_accepted: bool) -> datetime | None:
        self.standing = Standing(LeadState.ASSIGNED, None, owner=owner, assigned_at=at, is_accepted=is_accepted)
        self.clocks = self.clocks.owned(at, terms)
        return self.clocks.follow_up_due_at(terms.working)

    def _stand_in(self, pool: PoolId, *, left: Owner | None, cause: str, at: datetime) -> None:
        self.standing = Standing(LeadState.POOLED, None, pool_id=pool, pooled_at=at)
        source = self.details.origin.source
        self._events.append(e.LeadPooled(self._stamp(at), pool_id=pool, left=left, cause=cause, source=source))

    def _back_to_waiting(self, rep: RepId) -> None:
        self.declined_by = (*self.declined_by, rep)
        self.standing = Standing()
