"""A conversion 转化: a lead becomes a customer, a contact and an opportunity, step by step over several services.

Its ids are chosen before anything is made, so that every step may be repeated. A conversion runs forward until it is
done; a step that is refused for good turns it round, and what was made is taken back. One that is done may be undone
while nobody has built upon it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from chassis.errors import Stale
from chassis.ids import PersonId, TeamId
from pipeline.domain.amount import Amount
from pipeline.domain.errors import ConversionStateForbids
from pipeline.domain.ids import ContactId, ConversionId, CustomerId, LeadId, OpportunityId


class ConversionState(StrEnum):
    """Where a conversion stands."""

    RUNNING = "running"
    DONE = "done"
    REVERTING = "reverting"
    """A step was refused for good; what was made before it is being taken back."""
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


LIVE = frozenset({ConversionState.RUNNING, ConversionState.DONE, ConversionState.REVERTING, ConversionState.UNDOING})
"""A lead has at most one conversion in these states."""
_AT_REST = frozenset({ConversionState.DONE, ConversionState.FAILED, ConversionState.UNDONE})


class Step(StrEnum):
    """What a conversion does, in this order."""

    CUSTOMER = "customer"
    CONTACT = "contact"
    OPPORTUNITY = "opportunity"
    LEAD = "lead"


class StepState(StrEnum):
    """How far a step has come."""

    PENDING = "pending"
    DONE = "done"
    REVERTED = "reverted"
    KEPT = "kept"
    """Done, and not taken back although the conversion failed: somebody had added to what it made."""


_BACKWARD = (Step.OPPORTUNITY, Step.CONTACT, Step.CUSTOMER, Step.LEAD)
"""The opportunity goes first: from then on nobody can work on it. The customer master, which alone may refuse, comes
before the lead, so that an undo that is broken off has given nothing back yet."""


@dataclass(frozen=True, slots=True)
class StepStanding:
    """How far one step has come, and since when; None while pending."""

    state: StepState = StepState.PENDING
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sale:
    """The opportunity that is to be opened."""

    product_line: str
    title: str
    amount: Amount | None
    expected_close_date: date | None


@dataclass(frozen=True, slots=True)
class Failure:
    """The step that was refused for good, and the reason of the error."""

    step: Step
    reason: str


@dataclass(slots=True)
class Conversion:
    """Moves only by the methods below; each raises the version by one. No personal data: who the lead is stays with the
    router, and is fetched when a step needs it."""

    id: ConversionId
    lead_id: LeadId
    customer_id: CustomerId
    is_new_customer: bool
    customer_name: str
    """Of a new customer, where it was typed; empty for the company of the lead."""
    contact_id: ContactId | None
    """Chosen at the beginning; None once it is known that the lead names nobody."""
    opportunity_id: OpportunityId
    sale: Sale
    owner_id: PersonId
    team_id: TeamId | None
    requested_by: str
    created_at: datetime
    changed_at: datetime
    state: ConversionState = ConversionState.RUNNING
    steps: dict[Step, StepStanding] = field(default_factory=lambda: {step: StepStanding() for step in Step})
    is_new_contact: bool = False
    failure: Failure | None = None
    added: tuple[str, ...] = ()
    """What broke off an undo that had begun."""
    opportunity_version: int = 1
    """As the conversion left the opportunity: at any other, somebody has worked on it."""
    undone_by: str = ""
    version: int = 1

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in _AT_REST

    @property
    def next_step(self) -> Step | None:
        """What is to be done next, or taken back next; None at rest."""
        if self.is_at_rest:
            return None
        if self.state is ConversionState.RUNNING:
            return next(step for step in Step if self._stands(step, StepState.PENDING))
        return next(step for step in _BACKWARD if self._stands(step, StepState.DONE))

    @property
    def is_reverting(self) -> bool:
        """Whether steps are being taken back."""
        return self.state in {ConversionState.REVERTING, ConversionState.UNDOING}

    @property
    def is_undoing(self) -> bool:
        """Whether somebody takes it back; it does not come from a failure."""
        return self.state is ConversionState.UNDOING

    @property
    def made_contact_id(self) -> ContactId | None:
        """The contact, where the conversion may have made it.

        A step that failed may have made it all the same, so one that is pending counts.
        """
        is_there = self.is_new_contact or self._stands(Step.CONTACT, StepState.PENDING)
        return self.contact_id if is_there else None

    @property
    def customer_version(self) -> int:
        """Version at which the conversion left a customer that it made; 0 where it joined one.

        A new customer begins at 1, and its first contact raises that by one.
        """
        return (2 if self.is_new_contact else 1) if self.is_new_customer else 0

    def require_version(self, seen: int) -> None:
        """Refuses a change by somebody who saw an older version.

        Raises:
            Stale: with the present version.
        """
        if seen != self.version:
            raise Stale("conversion", self.id, self.version)

    def has_done(self, step: Step) -> bool:
        """Whether a step is done, and not taken back."""
        return self._stands(step, StepState.DONE)

    def require_undoable(self) -> None:
        """Refuses to take back what is not done.

        Raises:
            ConversionStateForbids: with its state.
        """
        self._require(ConversionState.DONE, "undo")

    def complete(self, step: Step, *, at: datetime) -> None:
        """A step is done; after the last one the conversion is."""
        self._require(ConversionState.RUNNING, f"complete {step}")
        self._mark([step], StepState.DONE, at)
        if not any(self._stands(each, StepState.PENDING) for each in Step):
            self.state = ConversionState.DONE

    def complete_contact(self, contact_id: ContactId | None, *, at: datetime) -> None:
        """The lead's contact is at the customer: a new one, one who was there, or none where the lead names nobody."""
        self.is_new_contact = contact_id is not None and contact_id == self.contact_id
        self.contact_id = contact_id
        self.complete(Step.CONTACT, at=at)

    def refuse(self, reason: str, *, at: datetime) -> None:
        """The next step was refused for good: from here on everything is taken back."""
        self._require(ConversionState.RUNNING, "refuse")
        step = self.next_step
        if step is None:
            raise ConversionStateForbids(self.id, self.state, "refuse")
        self.failure, self.state = Failure(step, reason), ConversionState.REVERTING
        self._touch(at)
        self._finish_backward()

    def begin_undo(self, *, by: str, at: datetime) -> None:
        """Somebody takes it back; the opportunity is withdrawn with this very move.

        Raises:
            ConversionStateForbids: it is not done.
        """
        self._require(ConversionState.DONE, "undo")
        self.state, self.undone_by, self.added = ConversionState.UNDOING, by, ()
        self._mark([Step.OPPORTUNITY], StepState.REVERTED, at)

    def revert(self, steps: Sequence[Step], *, at: datetime) -> None:
        """Steps were taken back; after the last one the conversion has failed, or is undone."""
        if not self.is_reverting:
            raise ConversionStateForbids(self.id, self.state, "revert")
        self._mark(steps, StepState.REVERTED, at)
        self._finish_backward()

    def keep(self, added: Sequence[str], *, at: datetime) -> None:
        """A conversion that failed leaves what it made and has not taken back yet: somebody has added to it."""
        self._require(ConversionState.REVERTING, "keep")
        self.added = tuple(added)
        self._mark([step for step in Step if self._stands(step, StepState.DONE)], StepState.KEPT, at)
        self._finish_backward()

    def stand_again(self, added: Sequence[str], *, opportunity_version: int, at: datetime) -> None:
        """An undo is broken off, as somebody has added to what the conversion made: it stands as it did before.

        Args:
            added: what was added.
            opportunity_version: of the opportunity, which was opened again.
        """
        self._require(ConversionState.UNDOING, "stand again")
        self.state, self.undone_by, self.added = ConversionState.DONE, "", tuple(added)
        self.opportunity_version = opportunity_version
        self._mark([Step.OPPORTUNITY], StepState.DONE, at)

    def _finish_backward(self) -> None:
        if not any(self._stands(step, StepState.DONE) for step in Step):
            is_undone = self.state is ConversionState.UNDOING
            self.state = ConversionState.UNDONE if is_undone else ConversionState.FAILED

    def _stands(self, step: Step, state: StepState) -> bool:
        return self.steps[step].state is state

    def _mark(self, steps: Sequence[Step], state: StepState, at: datetime) -> None:
        self.steps = {**self.steps, **{step: StepStanding(state, at) for step in steps}}
        self._touch(at)

    def _touch(self, at: datetime) -> None:
        self.version, self.changed_at = self.version + 1, at

    def _require(self, state: ConversionState, move: str) -> None:
        if self.state is not state:
            raise ConversionStateForbids(self.id, self.state, move)
