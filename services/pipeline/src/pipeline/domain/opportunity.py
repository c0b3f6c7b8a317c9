"""An opportunity 商机: a sale that may come about, on its way through the stages of its model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from chassis.errors import Invalid, Stale, Violation
from chassis.ids import PersonId, TeamId
from pipeline.domain.amount import Amount
from pipeline.domain.errors import OpportunityStateForbids, StageGateUnmet, StageIsLast, StageTooEarly
from pipeline.domain.ids import CustomerId, LeadId, OpportunityId
from pipeline.domain.opportunity_events import (
    OpportunityChanged,
    OpportunityEvent,
    OpportunityMoved,
    OpportunityStanding,
)
from pipeline.domain.stage_gate import Evidence, Fulfilment, items_on_the_way, missing
from pipeline.domain.stage_model import ChecklistItem, ItemKind, StageModel
from pipeline.domain.stage_move import MoveKind, StageMove, State

SHORTEST_SKIP_REASON = 10
"""Characters, without blanks around them."""
OTHER_LOSS = "other"
"""The loss reason that says nothing without a note."""


@dataclass(frozen=True, slots=True)
class OpportunityDetails:
    """What may change while an opportunity is open."""

    title: str
    owner_id: PersonId
    team_id: TeamId | None = None
    """Team of the owner when the opportunity was given to the owner."""
    amount: Amount | None = None
    expected_close_date: date | None = None
    custom: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Opportunity:
    """Moves only by the methods below; each success raises the version by one and records one fact.

    Moves add themselves to the history, of which `move_count` is the length.
    """

    id: OpportunityId
    customer_id: CustomerId
    lead_id: LeadId | None
    product_line: str
    model: StageModel
    details: OpportunityDetails
    stage: str
    """Code of the stage it stands in."""
    created_at: datetime
    stage_entered_at: datetime
    changed_at: datetime
    state: State = State.OPEN
    loss_reason: str = ""
    closed_at: datetime | None = None
    fulfilled: dict[str, Fulfilment] = field(default_factory=dict)
    """By code of the item."""
    skips: int = 0
    move_count: int = 0
    version: int = 0
    _events: list[OpportunityEvent] = field(default_factory=list, repr=False, compare=False)

    @classmethod
    def created(
        cls,
        opportunity_id: OpportunityId,
        *,
        customer_id: CustomerId,
        lead_id: LeadId | None,
        product_line: str,
        model: StageModel,
        details: OpportunityDetails,
        by: str,
        at: datetime,
    ) -> "Opportunity":
        """A new opportunity in the first stage of the model."""
        stage = model.first.code
        new = cls(opportunity_id, customer_id, lead_id, product_line, model, details, stage, at, at, at)
        new._moved(MoveKind.CREATED, stage, by, at, from_stage="")
        return new

    @property
    def owner_id(self) -> PersonId:
        """Who is responsible."""
        return self.details.owner_id

    @property
    def team_id(self) -> TeamId | None:
        """Team of the owner."""
        return self.details.team_id

    @property
    def win_probability_pct(self) -> int:
        """Chance of winning by the stage, in percent; certain once it is closed."""
        certain = {State.WON: 100, State.LOST: 0, State.WITHDRAWN: 0}
        return certain.get(self.state, self.model.stage(self.stage).win_probability_pct)

    @property
    def missing_items(self) -> tuple[ChecklistItem, ...]:
        """What the gates to the next stage lack; in the last stage, what its exit gate lacks. Nothing where closed."""
        if self.state is not State.OPEN:
            return ()
        following = self.model.after(self.stage)
        if following is None:
            return missing(self.model.stage(self.stage).exit_gate, self.fulfilled, self.has_value)
        return self._missing_on_the_way(following.code)

    def has_value(self, name: str) -> bool:
        """Whether a field that a gate may ask for has a value."""
        details = self.details
        match name:
            case "amount":
                return details.amount is not None
            case "expected_close_date":
                return details.expected_close_date is not None
            case "lead_id":
                return self.lead_id is not None
            case _:
                return bool(details.custom.get(name.removeprefix("custom."), "").strip())

    def require_version(self, seen: int) -> None:
        """Refuses a change by somebody who saw an older version.

        Raises:
            Stale: with the present version.
        """
        if seen != self.version:
            raise Stale("opportunity", self.id, self.version)

    def update(self, details: OpportunityDetails, *, at: datetime) -> bool:
        """Takes new details; False where nothing differs, which is no change.

        Raises:
            OpportunityStateForbids: it is closed.
        """
        self._require_open("update")
        before, names = self.details, ("title", "owner_id", "team_id", "amount", "expected_close_date", "custom")
        changed = tuple(name for name in names if getattr(before, name) != getattr(details, name))
        if not changed:
            return False
        self.details = details
        self._changed(at, changed_fields=changed)
        return True

    def tick(self, item_code: str, *, note: str, by: str, at: datetime) -> None:
        """Marks an item as done.

        Raises:
            OpportunityStateForbids: it is closed.
            Invalid: there is no such item, or a tick does not fulfil it.
        """
        self._require_open("tick")
        item = self._item(item_code)
        if item.kind != ItemKind.TICK:
            raise _one_fault(
                "item_code", "item.kind", f"{item_code} is an item of kind {item.kind}: a tick is not enough"
            )
        self._fulfil(item_code, Fulfilment(by, at, None, note))

    def attach(self, item_code: str, evidence: Evidence, *, note: str, by: str, at: datetime) -> None:
        """Fulfils an item by what shows it; a further piece takes the place of the first.

        Raises:
            OpportunityStateForbids: it is closed.
            Invalid: there is no such item, or it asks for something else.
        """
        self._require_open("attach evidence")
        item = self._item(item_code)
        if item.kind == ItemKind.FIELD:
            raise _one_fault("item_code", "item.kind", f"{item_code} is fulfilled by the field {item.field}")
        if item.kind == ItemKind.DOCUMENT and evidence.kind != item.document:
            raise _one_fault("evidence_kind", "evidence.kind", f"{item_code} asks for a {item.document}")
        self._fulfil(item_code, Fulfilment(by, at, evidence, note))

    @property
    def evidence_files(self) -> frozenset[str]:
        """Ids of the files that are evidence of any item."""
        shown = (fulfilment.evidence for fulfilment in self.fulfilled.values())
        return frozenset(evidence.file_id for evidence in shown if evidence and evidence.file_id)

    def clear(self, item_code: str, *, at: datetime) -> bool:
        """Takes a fulfilment back; False where there was none.

        Raises:
            OpportunityStateForbids: it is closed.
            Invalid: there is no such item.
        """
        self._require_open("clear")
        self._item(item_code)
        if self.fulfilled.pop(item_code, None) is None:
            return False
        self._changed(at, item_codes=(item_code,))
        return True

    def advance(self, *, by: str, at: datetime) -> None:
        """Moves to the next stage.

        Raises:
            OpportunityStateForbids: it is closed.
            StageIsLast: there is no next stage.
            StageGateUnmet: names all that the exit gate and the next entry gate lack.
        """
        self._require_open("advance")
        following = self.model.after(self.stage)
        if following is None:
            raise StageIsLast(self.id, self.stage)
        if lacking := self._missing_on_the_way(following.code):
            raise StageGateUnmet(self.id, self.stage, lacking)
        self._moved(MoveKind.ADVANCED, following.code, by, at)

    def skip_to(self, stage: str, *, reason: str, by: str, at: datetime) -> None:
        """Moves to a later stage whatever the gates lack, which is kept with the reason.

        Raises:
            OpportunityStateForbids: it is closed.
            Invalid: names each of them: no later stage, too short a reason.
        """
        self._require_open("skip")
        words = reason.strip()
        faults = self._stage_faults(stage, "later", lambda: self.model.is_later(stage, self.stage))
        if len(words) < SHORTEST_SKIP_REASON:
            message = f"must have at least {SHORTEST_SKIP_REASON} characters without blanks around them"
            faults.append(Violation("reason", "reason.short", message))
        if faults:
            raise Invalid(faults)
        jumped = tuple(each.code for each in self.model.between(self.stage, stage))
        lacking = tuple(item.code for item in self._missing_on_the_way(stage))
        self.skips += 1
        self._moved(MoveKind.SKIPPED, stage, by, at, skipped_stages=jumped, missing_items=lacking, reason=words)

    def step_back(self, stage: str, *, reason: str, by: str, at: datetime) -> None:
        """Moves back to an earlier stage. What was fulfilled stays fulfilled.

        Raises:
            OpportunityStateForbids: it is closed.
            Invalid: names each of them: no earlier stage, no reason.
        """
        self._require_open("step back")
        faults = self._stage_faults(stage, "earlier", lambda: self.model.is_later(self.stage, stage))
        faults += _blank("reason", reason)
        if faults:
            raise Invalid(faults)
        self._moved(MoveKind.STEPPED_BACK, stage, by, at, reason=reason.strip())

    def win(self, *, note: str, by: str, at: datetime) -> None:
        """Ends it as won.

        Raises:
            OpportunityStateForbids: it is closed.
            StageTooEarly: the model wins from a later stage.
            StageGateUnmet: names all that the exit gate of its stage lacks.
        """
        self._require_open("win")
        if self.model.is_later(self.model.won_from, self.stage):
            raise StageTooEarly(self.id, self.stage, self.model.won_from)
        if lacking := missing(self.model.stage(self.stage).exit_gate, self.fulfilled, self.has_value):
            raise StageGateUnmet(self.id, self.stage, lacking)
        self.state, self.closed_at = State.WON, at
        self._moved(MoveKind.WON, self.stage, by, at, reason=note.strip())

    def lose(self, loss_reason: str, *, note: str, by: str, at: datetime) -> None:
        """Ends it as lost.

        Raises:
            OpportunityStateForbids: it is closed.
            Invalid: the reason is none without a note, and there is no note.
        """
        self._require_open("lose")
        if loss_reason == OTHER_LOSS and (faults := _blank("note", note)):
            raise Invalid(faults)
        self.state, self.closed_at, self.loss_reason = State.LOST, at, loss_reason
        self._moved(MoveKind.LOST, self.stage, by, at, reason=note.strip(), loss_reason=loss_reason)

    def reopen(self, *, reason: str, by: str, at: datetime) -> None:
        """Opens it again in its stage.

        Raises:
            OpportunityStateForbids: it is open, or was withdrawn.
            Invalid: no reason.
        """
        if self.state in {State.OPEN, State.WITHDRAWN}:
            raise OpportunityStateForbids(self.id, self.state, "reopen")
        if faults := _blank("reason", reason):
            raise Invalid(faults)
        self.state, self.closed_at, self.loss_reason = State.OPEN, None, ""
        self._moved(MoveKind.REOPENED, self.stage, by, at, reason=reason.strip())

    def withdraw(self, *, reason: str, by: str, at: datetime) -> None:
        """Takes it out of all counts, with the conversion that made it. Raises `OpportunityStateForbids` if closed."""
        self._require_open("withdraw")
        self.state, self.closed_at = State.WITHDRAWN, at
        self._moved(MoveKind.WITHDRAWN, self.stage, by, at, reason=reason)

    def reinstate(self, *, reason: str, by: str, at: datetime) -> None:
        """Opens it again, as the undoing of its conversion was broken off. Raises as `withdraw` unless withdrawn."""
        if self.state is not State.WITHDRAWN:
            raise OpportunityStateForbids(self.id, self.state, "reinstate")
        self.state, self.closed_at = State.OPEN, None
        self._moved(MoveKind.REOPENED, self.stage, by, at, reason=reason)

    def pull_events(self) -> list[OpportunityEvent]:
        """The facts recorded since they were last pulled."""
        pulled, self._events = self._events, []
        return pulled

    def standing(self) -> OpportunityStanding:
        """How it stands, as ids and facts."""
        details = self.details
        return OpportunityStanding(
            opportunity_id=self.id,
            customer_id=self.customer_id,
            lead_id=self.lead_id,
            product_line=self.product_line,
            owner_id=details.owner_id,
            team_id=details.team_id,
            state=self.state,
            stage=self.stage,
            stage_model_id=self.model.id,
            win_probability_pct=self.win_probability_pct,
            amount=details.amount,
            expected_close_date=details.expected_close_date,
            created_at=self.created_at,
            version=self.version,
        )

    def _require_open(self, move: str) -> None:
        if self.state is not State.OPEN:
            raise OpportunityStateForbids(self.id, self.state, move)

    def _item(self, code: str) -> ChecklistItem:
        if code not in self.model.items:
            raise _one_fault("item_code", "item.unknown", f"the stage model has no item {code}")
        return self.model.items[code]

    def _missing_on_the_way(self, stage: str) -> tuple[ChecklistItem, ...]:
        return missing(items_on_the_way(self.model, self.stage, stage), self.fulfilled, self.has_value)

    def _stage_faults(self, stage: str, word: str, is_there: Callable[[], bool]) -> list[Violation]:
        if stage not in self.model.codes:
            return [Violation("stage", "stage.unknown", f"the stage model has no stage {stage}")]
        if not is_there():
            return [Violation("stage", "stage.order", f"must be {word} than {self.stage}")]
        return []

    def _fulfil(self, item_code: str, fulfilment: Fulfilment) -> None:
        self.fulfilled[item_code] = fulfilment
        self._changed(fulfilment.at, item_codes=(item_code,))

    def _changed(self, at: datetime, *, changed_fields: tuple[str, ...] = (), item_codes: tuple[str, ...] = ()) -> None:
        self.version, self.changed_at = self.version + 1, at
        self._events.append(OpportunityChanged(self.standing(), at, changed_fields, item_codes))

    def _moved(
        self,
        kind: MoveKind,
        stage: str,
        by: str,
        at: datetime,
        *,
        from_stage: str | None = None,
        skipped_stages: tuple[str, ...] = (),
        missing_items: tuple[str, ...] = (),
        reason: str = "",
        loss_reason: str = "",
    ) -> None:
        left = self.stage if from_stage is None else from_stage
        if stage != self.stage:
            self.stage, self.stage_entered_at = stage, at
        self.move_count += 1
        self.version, self.changed_at = self.version + 1, at
        move = StageMove(
            number=self.move_count,
            kind=kind,
            from_stage=left,
            stage=stage,
            state=self.state,
            at=at,
            by=by,
            owner_id=self.owner_id,
            team_id=self.team_id,
            skipped_stages=skipped_stages,
            missing_items=missing_items,
            reason=reason,
            loss_reason=loss_reason,
        )
        self._events.append(OpportunityMoved(self.standing(), move))


def _one_fault(name: str, reason: str, message: str) -> Invalid:
    return Invalid([Violation(name, reason, message)])


def _blank(name: str, text: str) -> list[Violation]:
    return [] if text.strip() else [Violation(name, "required", "must not be empty or blank")]
