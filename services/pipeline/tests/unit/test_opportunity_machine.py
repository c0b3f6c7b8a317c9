"""Whatever people do with an opportunity, in whatever order: the rules hold, and the history tells it as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chassis.errors import Invalid, ThroughlineError
from pipeline.domain.amount import Amount
from pipeline.domain.errors import OpportunityStateForbids, StageGateUnmet, StageIsLast, StageTooEarly
from pipeline.domain.opportunity_events import OpportunityEvent, OpportunityMoved
from pipeline.domain.stage_gate import Evidence
from pipeline.domain.stage_move import MoveKind, StageMove

from ..builders import ANNA, MONDAY, an_opportunity, some_details

BY = f"person:{ANNA}"
STAGES = ("talk", "show", "agree", "sign")
EXIT = {"talk": {"needs", "budget"}, "show": {"shown"}, "agree": {"terms"}, "sign": set[str]()}
ENTRY = {"talk": set[str](), "show": {"invited"}, "agree": set[str](), "sign": set[str]()}
TICKS, DOCUMENT = ("needs", "invited", "terms", "compared"), "shown"
GOOD_REASON = "客户明确要求直接进入下一步"
REASONS = st.sampled_from(["", "太短", "          ", GOOD_REASON])
STAGE = st.sampled_from([*STAGES, "nowhere"])


class OpportunityMachine(RuleBasedStateMachine):
    """The rules in the plainest words beside the aggregate: a place, a state, and a set of what is done."""

    @initialize()
    def create(self) -> None:
        self.opportunity = an_opportunity()
        self.place, self.state, self.done, self.skips, self.version = 0, "open", set[str](), 0, 1
        self.now = MONDAY
        self.events: list[OpportunityEvent] = []

    @rule(code=st.sampled_from(TICKS))
    def tick(self, code: str) -> None:
        if self._tries(lambda: self.opportunity.tick(code, note="", by=BY, at=self.now), self._closed()):
            self.done.add(code)

    @rule(kind=st.sampled_from(["minutes", "photo"]))
    def attach(self, kind: str) -> None:
        evidence = Evidence(kind, "file-1")
        refusal = self._closed() or (Invalid if kind != "minutes" else None)
        if self._tries(lambda: self.opportunity.attach(DOCUMENT, evidence, note="", by=BY, at=self.now), refusal):
            self.done.add(DOCUMENT)

    @rule(code=st.sampled_from([*TICKS, DOCUMENT]))
    def clear(self, code: str) -> None:
        changes = code in self.done
        if self._tries(lambda: self.opportunity.clear(code, at=self.now), self._closed(), changes=changes):
            self.done.discard(code)

    @rule(hundredths=st.none() | st.integers(0, 10**12))
    def update(self, hundredths: int | None) -> None:
        amount = None if hundredths is None else Amount(hundredths, "CNY")
        changes = amount != self.opportunity.details.amount
        details = some_details(amount=amount)
        if self._tries(lambda: self.opportunity.update(details, at=self.now), self._closed(), changes=changes):
            self.done = self.done - {"budget"} | (set() if amount is None else {"budget"})

    @rule()
    def advance(self) -> None:
        refusal: type[ThroughlineError] | None = self._closed()
        if refusal is None and self.place == len(STAGES) - 1:
            refusal = StageIsLast
        elif refusal is None and not EXIT[self.stage] | ENTRY[STAGES[self.place + 1]] <= self.done:
            refusal = StageGateUnmet
        if self._tries(lambda: self.opportunity.advance(by=BY, at=self.now), refusal):
            self.place += 1

    @rule(stage=STAGE, reason=REASONS)
    def skip(self, stage: str, reason: str) -> None:
        is_later = stage in STAGES and STAGES.index(stage) > self.place
        refusal = self._closed() or (None if is_later and reason == GOOD_REASON else Invalid)
        if self._tries(lambda: self.opportunity.skip_to(stage, reason=reason, by=BY, at=self.now), refusal):
            self.place, self.skips = STAGES.index(stage), self.skips + 1

    @rule(stage=STAGE, reason=REASONS)
    def step_back(self, stage: str, reason: str) -> None:
        is_earlier = stage in STAGES and STAGES.index(stage) < self.place
        refusal = self._closed() or (None if is_earlier and reason.strip() else Invalid)
        if self._tries(lambda: self.opportunity.step_back(stage, reason=reason, by=BY, at=self.now), refusal):
            self.place = STAGES.index(stage)

    @rule()
    def win(self) -> None:
        refusal: type[ThroughlineError] | None = self._closed()
        if refusal is None and self.place < STAGES.index("agree"):
            refusal = StageTooEarly
        elif refusal is None and not EXIT[self.stage] <= self.done:
            refusal = StageGateUnmet
        if self._tries(lambda: self.opportunity.win(note="", by=BY, at=self.now), refusal):
            self.state = "won"

    @rule(loss_reason=st.sampled_from(["price", "other"]), note=st.sampled_from(["", "并购"]))
    def lose(self, loss_reason: str, note: str) -> None:
        refusal = self._closed() or (Invalid if loss_reason == "other" and not note else None)
        if self._tries(lambda: self.opportunity.lose(loss_reason, note=note, by=BY, at=self.now), refusal):
            self.state = "lost"

    @rule(reason=st.sampled_from(["", "重新立项"]))
    def reopen(self, reason: str) -> None:
        refusal = OpportunityStateForbids if self.state == "open" else (None if reason else Invalid)
        if self._tries(lambda: self.opportunity.reopen(reason=reason, by=BY, at=self.now), refusal):
            self.state = "open"

    @invariant()
    def aggregate_is_where_the_rules_say(self) -> None:
        one = self.opportunity
        found = (one.stage, one.state.value, one.skips, one.version, set(one.fulfilled) | self._known_amount())
        assert found == (self.stage, self.state, self.skips, self.version, self.done)
        assert (one.closed_at is None) == (self.state == "open")
        assert one.details.amount is None or one.details.amount.hundredths >= 0

    @invariant()
    def every_change_is_one_fact_with_the_next_version(self) -> None:
        self.events += self.opportunity.pull_events()
        assert [event.standing.version for event in self.events] == list(range(1, self.version + 1))

    @invariant()
    def history_is_one_unbroken_line(self) -> None:
        moves = [event.move for event in self.events if isinstance(event, OpportunityMoved)]
        assert [move.number for move in moves] == list(range(1, self.opportunity.move_count + 1))
        for before, after in pairwise(moves):
            assert after.from_stage == before.stage
            assert after.at > before.at
        assert (moves[-1].stage, moves[-1].state.value) == (self.stage, self.state)
        assert sum(move.kind is MoveKind.SKIPPED for move in moves) == self.skips
        assert all(_jumps_only_when_it_skips(move) for move in moves)

    @property
    def stage(self) -> str:
        return STAGES[self.place]

    def _closed(self) -> type[ThroughlineError] | None:
        return None if self.state == "open" else OpportunityStateForbids

    def _known_amount(self) -> set[str]:
        return set() if self.opportunity.details.amount is None else {"budget"}

    def _tries(
        self, change: Callable[[], object], refusal: type[ThroughlineError] | None, *, changes: bool = True
    ) -> bool:
        """Does it, and holds it against what the rules expect; True where it was done."""
        self.now += timedelta(minutes=1)
        met: type[Exception] | None = None
        try:
            change()
        except ThroughlineError as refused:
            met = type(refused)
        assert met is refusal
        self.version += refusal is None and changes
        return refusal is None


def _jumps_only_when_it_skips(move: StageMove) -> bool:
    if move.kind is MoveKind.SKIPPED:
        between = STAGES[STAGES.index(move.from_stage) + 1 : STAGES.index(move.stage)]
        return move.skipped_stages == between and move.reason == GOOD_REASON
    return not move.skipped_stages and not move.missing_items


OpportunityMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestOpportunityMachine = OpportunityMachine.TestCase
