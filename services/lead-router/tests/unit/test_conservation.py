"""Whatever happens to leads, received is the sum of the nine states (N-04)."""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chassis.errors import ThroughlineError
from lead_router.domain.conservation import Conservation, StateCounts
from lead_router.domain.events import LeadEvent, MovedBecause
from lead_router.domain.ids import CustomerId, DecisionId, LeadId, OpportunityId, PersonId, PoolId, RepId
from lead_router.domain.lead import Lead
from lead_router.domain.lead_ending import DeathReason, LeadQuality
from lead_router.domain.lead_state import LeadState, WaitingReason

from .builders import HOUR, NOW, TERMS, an_owner, details

DECISION = DecisionId("d")


def test_a_lost_lead_is_a_gap_above_zero_and_an_invented_one_below() -> None:
    counts = StateCounts.of({LeadState.WAITING: 2, LeadState.CLOSED: 3})

    assert Conservation(5, counts).holds
    assert Conservation(6, counts).gap == 1
    assert Conservation(4, counts).gap == -1


class AnyMoveOnAnyLead(RuleBasedStateMachine):
    """Tries every move on leads in every state; most are refused, and a refused move must change nothing."""

    leads: list[Lead]
    received: int

    @initialize()
    def begin(self) -> None:
        self.leads, self.received = [], 0

    @rule()
    def receive(self) -> None:
        lead = Lead.receive(LeadId(f"lead-{self.received}"), details(), at=NOW, terms=TERMS)
        self._keep(lead)

    @rule(pick=st.integers(0, 99))
    def join_on_arrival(self, pick: int) -> None:
        if not self.leads:
            return
        into = self.leads[pick % len(self.leads)]
        try:
            lead = Lead.join_on_arrival(
                LeadId(f"lead-{self.received}"),
                details(),
                into=into,
                submitter=None,
                reasons=["PHONE_EQUAL"],
                at=NOW,
                terms=TERMS,
            )
        except ThroughlineError:
            return
        into.pull_events()
        self._keep(lead)

    @rule(pick=st.integers(0, 99), move=st.integers(0, 16))
    def move(self, pick: int, move: int) -> None:
        if not self.leads:
            return
        lead = self.leads[pick % len(self.leads)]
        before = (lead.version, lead.standing, lead.clocks)
        try:
            self._move(lead, move)
        except ThroughlineError:
            assert (lead.version, lead.standing, lead.clocks) == before
            assert lead.pull_events() == []
            return
        events = lead.pull_events()
        assert [event.version for event in events] == list(range(before[0] + 1, lead.version + 1))
        assert all(isinstance(event, LeadEvent) for event in events)
        assert events

    @invariant()
    def received_is_the_sum_of_the_nine(self) -> None:
        counts = StateCounts.of(Counter(lead.state for lead in self.leads))

        assert Conservation(self.received, counts).holds

    @invariant()
    def what_belongs_to_a_state_is_there_and_nothing_else(self) -> None:
        for lead in self.leads:
            stands = lead.standing
            assert (stands.waiting_reason is not None) == (lead.state is LeadState.WAITING)
            assert (stands.offered_to is not None) == (lead.state is LeadState.OFFERED)
            assert (stands.pool_id is not None) == (lead.state is LeadState.POOLED)
            # A converted lead keeps it, for whoever takes the conversion back.
            assert (stands.assigned_at is not None) == (lead.state in {LeadState.ASSIGNED, LeadState.CONVERTED})
            assert not lead.clocks.to_be_activated or lead.clocks.follow_up is not None

    def _keep(self, lead: Lead) -> None:
        self.received += 1
        self.leads.append(lead)
        lead.pull_events()

    def _move(self, lead: Lead, move: int) -> None:
        late = NOW + 100 * HOUR
        moves = [
            lambda: lead.assign(an_owner(), decision_id=DECISION, because=MovedBecause.BEST_TOTAL, at=NOW, terms=TERMS),
            lambda: lead.offer(an_owner(), decision_id=DECISION, expires_at=NOW + HOUR, at=NOW),
            lambda: lead.accept_offer(RepId("ann"), at=NOW, terms=TERMS),
            lambda: lead.decline_offer(RepId("ann"), reason="busy", keeps_credit=True, at=NOW),
            lambda: lead.expire_offer(at=late),
            lambda: lead.queue(WaitingReason.FULL, decision_id=DECISION, look_again_at=None, at=NOW),
            lambda: lead.pool(PoolId("public"), cause="FALLBACK", at=NOW),
            lambda: lead.claim(an_owner("bob"), at=NOW, terms=TERMS),
            lambda: lead.override_owner(
                an_owner("cat"), reason="r", moved_by=PersonId("p"), decision_id=None, at=NOW, terms=TERMS
            ),
            lambda: lead.reroute(an_owner("dan"), decision_id=DECISION, at_most=2, at=NOW, terms=TERMS),
            lambda: lead.merge(into_customer=CustomerId("c"), reasons=["x"], at=NOW),
            lambda: lead.part(at=NOW),
            lambda: lead.reject("SPAM", at=NOW),
            lambda: lead.close(DeathReason.NO_BUDGET, LeadQuality.C, at=NOW),
            lambda: lead.reopen(at=NOW),
            lambda: lead.convert(CustomerId("c"), OpportunityId("o"), at=NOW),
            lambda: lead.fall_silent(at=late, working=TERMS.working),
        ]
        moves[move]()


AnyMoveOnAnyLead.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyMoveOnAnyLead = AnyMoveOnAnyLead.TestCase
