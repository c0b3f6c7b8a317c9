"""When leads fall into pools, who may claim them, and that the life cycle with pools and offers loses nobody."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chassis.errors import ThroughlineError
from lead_router.domain.conservation import Conservation, StateCounts
from lead_router.domain.errors import PoolCoolDown, PoolNotOpen, ProtectionUsedUp
from lead_router.domain.ids import DecisionId, LeadId, PoolId, RepId
from lead_router.domain.lead import Lead
from lead_router.domain.lead_ending import DeathReason, LeadQuality
from lead_router.domain.lead_state import LeadState
from lead_router.domain.pool import (
    Pool,
    PoolCause,
    PoolRules,
    RecycleAfter,
    RecycleRule,
    next_recycling,
    require_extendable,
)
from lead_router.domain.rep import RepLoad

from .builders import HOUR, NOW, TERMS, a_lead, an_assigned_lead, an_owner, details

DAY = timedelta(days=1)
DECISION = DecisionId("d")


def a_pool(pool_id: str = "p", *rules: RecycleRule, **limits: int) -> Pool:
    return Pool(id=PoolId(pool_id), rules=PoolRules(name=pool_id, recycle_rules=rules, **limits))  # type: ignore[arg-type]


def a_rule(days: int, after: RecycleAfter = RecycleAfter.SILENCE, **narrowed: Any) -> RecycleRule:
    return RecycleRule(id=f"{after}-{days}", after=after, days=days, **narrowed)


def test_silence_counts_from_the_last_follow_up_and_ownership_from_the_assignment() -> None:
    lead = an_assigned_lead()
    lead.record_follow_up("f", occurred_at=NOW + 3 * DAY, at=NOW + 3 * DAY, working=TERMS.working)

    silent = a_pool("a", a_rule(5)).recycles(lead)
    owned = a_pool("b", a_rule(5, RecycleAfter.OWNERSHIP)).recycles(lead)

    assert silent is not None
    assert owned is not None
    assert (silent.due_at, owned.due_at) == (NOW + 8 * DAY, NOW + 5 * DAY)
    assert next_recycling([a_pool("a", a_rule(5)), a_pool("b", a_rule(5, RecycleAfter.OWNERSHIP))], lead) == owned


def test_a_lead_falls_at_the_end_of_its_customers_contract() -> None:
    lead = an_assigned_lead()
    lead.details = replace(lead.details, custom={"contract_ends_on": "2026-06-30"})

    found = a_pool("p", a_rule(30, RecycleAfter.CONTRACT_END)).recycles(lead)

    assert found is not None
    assert found.due_at.date() == date(2026, 7, 31)


@pytest.mark.parametrize(
    ("narrowed", "falls"),
    [
        ({"grades": frozenset({LeadQuality.C})}, True),
        ({"grades": frozenset({LeadQuality.A})}, False),
        ({"segments": frozenset({"SMB"})}, True),
        ({"product_lines": frozenset({"imaging"})}, False),
    ],
)
def test_a_rule_holds_for_leads_of_its_grades_products_and_segments_alone(
    narrowed: dict[str, Any], falls: bool
) -> None:
    lead = an_assigned_lead()
    lead.quality = LeadQuality.C

    assert (a_pool("p", a_rule(1, **narrowed)).recycles(lead) is not None) is falls


def test_protection_holds_a_lead_back_and_extensions_add_to_it_as_often_as_allowed() -> None:
    pool = a_pool("p", a_rule(2), protection_days=10, extension_days=3, most_extensions=1)
    lead = an_assigned_lead()
    require_extendable([pool], lead)

    lead.extend_protection(at=NOW)

    found = pool.recycles(lead)
    assert found is not None
    assert found.due_at == NOW + 13 * DAY
    with pytest.raises(ProtectionUsedUp):
        require_extendable([pool], lead)


def test_who_left_a_lead_waits_for_the_cool_down_and_others_do_not() -> None:
    pool = a_pool(cool_down_days=7)

    with pytest.raises(PoolCoolDown):
        pool.require_cooled_down(LeadId("l"), left_at=NOW, at=NOW + 7 * DAY - HOUR)
    pool.require_cooled_down(LeadId("l"), left_at=NOW, at=NOW + 7 * DAY)
    pool.require_cooled_down(LeadId("l"), left_at=None, at=NOW)


@pytest.mark.parametrize(("joined_days_ago", "is_open"), [(10, True), (100, False), (None, False)])
def test_in_the_first_hours_newcomers_alone_may_claim(joined_days_ago: int | None, is_open: bool) -> None:
    pool = a_pool(newcomer_hours=4, newcomer_days=90)
    joined_at = None if joined_days_ago is None else NOW - joined_days_ago * DAY

    def is_refused(at: datetime) -> bool:
        try:
            pool.require_open_to(team_id="t", joined_at=joined_at, pooled_at=NOW, at=at)
        except PoolNotOpen:
            return True
        return False

    assert is_refused(NOW + HOUR) is not is_open
    assert not is_refused(NOW + 4 * HOUR)


@dataclass
class Told:
    """What the model knows of a lead without looking at it."""

    state: LeadState = LeadState.WAITING
    holder: str = ""
    extensions: int = 0


@dataclass
class Desk:
    """Reps' loads, kept beside the leads as use cases keep them."""

    loads: dict[str, RepLoad] = field(default_factory=lambda: {rep: RepLoad() for rep in ("ann", "bob", "cat")})

    def take(self, rep: str) -> None:
        self.loads[rep] = self.loads[rep].taken(100, at=NOW, day=NOW.date())

    def give_back(self, rep: str) -> None:
        if rep:
            self.loads[rep] = self.loads[rep].given_back(100)


REPS = st.sampled_from(["ann", "bob", "cat"])
PICK = st.integers(0, 99)


class LeadsAgainstAModel(RuleBasedStateMachine):
    """Offers, pools and closes against a model that is a table of what each move should do."""

    @initialize()
    def begin(self) -> None:
        self.leads: list[Lead] = []
        self.model: list[Told] = []
        self.desk = Desk()
        self.now = NOW

    @rule()
    def receive(self) -> None:
        lead = Lead.receive(LeadId(f"lead-{len(self.leads)}"), details(), at=self.now, terms=TERMS)
        self.leads.append(lead)
        self.model.append(Told())

    @rule(pick=PICK, rep=REPS)
    def offer(self, pick: int, rep: str) -> None:
        if self._moved(
            pick,
            {LeadState.WAITING},
            lambda lead: lead.offer(an_owner(rep), decision_id=DECISION, expires_at=self.now + HOUR, at=self.now),
            lambda told: Told(LeadState.OFFERED, rep),
        ):
            self.desk.take(rep)

    @rule(pick=PICK, rep=REPS)
    def accept(self, pick: int, rep: str) -> None:
        self._moved(
            pick,
            {LeadState.OFFERED},
            lambda lead: lead.accept_offer(RepId(rep), at=self.now, terms=TERMS),
            lambda told: Told(LeadState.ASSIGNED, rep),
            by=rep,
        )

    @rule(pick=PICK, rep=REPS)
    def decline(self, pick: int, rep: str) -> None:
        if self._moved(
            pick,
            {LeadState.OFFERED},
            lambda lead: lead.decline_offer(RepId(rep), reason="busy", keeps_credit=True, at=self.now),
            lambda told: Told(),
            by=rep,
        ):
            self.desk.give_back(rep)

    @rule(pick=PICK)
    def expire(self, pick: int) -> None:
        self.now += HOUR
        held_by = self._held_by(pick)
        if self._moved(pick, {LeadState.OFFERED}, lambda lead: lead.expire_offer(at=self.now), lambda told: Told()):
            self.desk.give_back(held_by)

    @rule(pick=PICK, rep=REPS)
    def claim(self, pick: int, rep: str) -> None:
        if self._moved(
            pick,
            {LeadState.POOLED},
            lambda lead: lead.claim(an_owner(rep), at=self.now, terms=TERMS),
            lambda told: Told(LeadState.ASSIGNED, rep),
        ):
            self.desk.take(rep)

    @rule(pick=PICK, cause=st.sampled_from([PoolCause.RETURNED, PoolCause.RECYCLED]))
    def pool(self, pick: int, cause: PoolCause) -> None:
        held_by = self._held_by(pick)
        if self._moved(
            pick,
            {LeadState.WAITING, LeadState.ASSIGNED},
            lambda lead: lead.pool(PoolId("p"), cause=cause, at=self.now),
            lambda told: Told(LeadState.POOLED),
        ):
            self.desk.give_back(held_by)

    @rule(pick=PICK)
    def rotate(self, pick: int) -> None:
        self._moved(
            pick,
            {LeadState.POOLED},
            lambda lead: lead.rotate(PoolId("q"), cause=PoolCause.ROTATED, at=self.now),
            lambda told: told,
        )

    @rule(pick=PICK)
    def extend(self, pick: int) -> None:
        self._moved(
            pick,
            {LeadState.ASSIGNED},
            lambda lead: lead.extend_protection(at=self.now),
            lambda told: replace(told, extensions=told.extensions + 1),
        )

    @rule(pick=PICK, death=st.sampled_from(DeathReason), quality=st.sampled_from(LeadQuality))
    def close(self, pick: int, death: DeathReason, quality: LeadQuality) -> None:
        held_by = self._held_by(pick)
        if self._moved(
            pick,
            {LeadState.WAITING, LeadState.OFFERED, LeadState.ASSIGNED, LeadState.POOLED},
            lambda lead: lead.close(death, quality, at=self.now),
            lambda told: Told(LeadState.CLOSED),
        ):
            self.desk.give_back(held_by)

    @invariant()
    def the_leads_stand_where_the_model_says(self) -> None:
        for lead, told in zip(self.leads, self.model, strict=True):
            assert lead.state is told.state
            assert lead.standing.extensions == told.extensions
            if told.state is not LeadState.CLOSED:
                assert (lead.holder.rep_id if lead.holder else "") == told.holder

    @invariant()
    def received_is_the_sum_of_the_nine(self) -> None:
        counts = StateCounts.of(Counter(lead.state for lead in self.leads))

        assert Conservation(len(self.model), counts).holds

    @invariant()
    def room_taken_is_the_leads_held(self) -> None:
        held = Counter(told.holder for told in self.model if told.holder)

        assert {rep: load.open_leads for rep, load in self.desk.loads.items() if load.open_leads} == held

    def _held_by(self, pick: int) -> str:
        return self.model[pick % len(self.model)].holder if self.model else ""

    def _moved(self, pick, allowed, move, becomes, *, by: str = "") -> bool:  # type: ignore[no-untyped-def]  # callables of one line
        """Makes the move and says whether it was made, which it must be exactly where the model allows it."""
        if not self.leads:
            return False
        place = pick % len(self.leads)
        told = self.model[place]
        is_allowed = told.state in allowed and (not by or told.holder == by)
        try:
            move(self.leads[place])
        except ThroughlineError:
            assert not is_allowed
            return False
        assert is_allowed
        self.model[place] = becomes(told)
        return True


LeadsAgainstAModel.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLeadsAgainstAModel = LeadsAgainstAModel.TestCase


def test_a_lead_that_waits_has_no_protection_to_extend() -> None:
    with pytest.raises(ThroughlineError):
        a_lead().extend_protection(at=NOW)
