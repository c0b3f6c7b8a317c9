"""What signals add up to, and behaviour recognised in them."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid
from lead_router.domain.ids import LeadId
from lead_router.domain.lead_details import LeadScore, ScoreReason
from lead_router.domain.signals.behaviour import BUILT_IN, BehaviourRule, BehaviourRules, Behaviours
from lead_router.domain.signals.features import SignalFeature, SignalFeatures
from lead_router.domain.signals.signal import HALF_LIFE_DAYS, Signal

from .builders import NOW

_DAY = timedelta(days=1)


def a_signal(number: int, subject: str = "page_view.pricing", *, at: datetime = NOW, amount: int = 0) -> Signal:
    return Signal("web", f"s-{number}", LeadId("lead-1"), subject, at, amount)


signals = st.lists(
    st.builds(
        a_signal,
        st.integers(0, 10**6),
        st.sampled_from(sorted(HALF_LIFE_DAYS)),
        at=st.integers(-130_000, 130_000).map(lambda minutes: NOW + timedelta(minutes=minutes)),
        amount=st.integers(-1000, 1000),
    ),
    max_size=30,
    unique_by=lambda signal: signal.signal_id,
)


@given(sent=signals, data=st.data())
def test_signals_in_any_order_add_up_to_the_same(sent: list[Signal], data: st.DataObject) -> None:
    in_order, shuffled = SignalFeatures(NOW), SignalFeatures(NOW)

    for signal in sent:
        in_order.add(signal)
    for signal in data.draw(st.permutations(sent)):
        shuffled.add(signal)

    assert in_order == shuffled


@given(sent=signals)
def test_features_survive_being_stored(sent: list[Signal]) -> None:
    features = SignalFeatures(NOW)
    for signal in sent:
        features.add(signal)

    for feature in features.by_subject.values():
        assert SignalFeature.from_document(feature.to_document()) == feature


def test_a_signal_counts_half_after_its_half_life_without_being_touched() -> None:
    features = SignalFeatures(NOW - 400 * _DAY)
    features.add(a_signal(1))

    strengths = [features.strength("page_view.pricing", NOW + days * _DAY) for days in (0, 7, 14)]

    assert strengths == pytest.approx([1.0, 0.5, 0.25], rel=1e-6)


def test_windows_count_whole_days_and_the_latest_signal_says_what_is() -> None:
    features = SignalFeatures(NOW)
    features.add(a_signal(1, at=NOW, amount=30))
    features.add(a_signal(2, at=NOW - 6 * _DAY, amount=40))
    features.add(a_signal(3, at=NOW - 7 * _DAY, amount=50))

    counts = features.counts(7, NOW)

    assert counts["page_view.pricing"] == 2
    assert counts["tender_notice"] == 0
    latest = features.by_subject["page_view.pricing"].latest
    assert latest is not None
    assert latest[3] == 30


@pytest.mark.parametrize("at", [NOW - 91 * _DAY, NOW + timedelta(hours=2)])
def test_a_signal_of_another_time_is_refused(at: datetime) -> None:
    with pytest.raises(Invalid):
        a_signal(1, at=at).require_timely(NOW)


def test_a_rule_fires_once_in_its_window_and_anew_after_it() -> None:
    behaviours, rule = Behaviours(), BUILT_IN.rules[0]

    fired = [behaviours.recognise([rule], 0, NOW + days * _DAY) for days in (0, 13, 14)]

    assert [len(news) for news in fired] == [1, 0, 1]


def test_a_boost_is_a_reason_and_is_given_once() -> None:
    score = LeadScore(100_000, "m", -2_197_225, -2_000_000, (ScoreReason("source", "CHOICE", "web", -197_225),))
    behaviours = Behaviours()
    behaviours.recognise(BUILT_IN.rules, 0, NOW)

    once = behaviours.boosted(score)
    twice = behaviours.boosted(once)

    assert once == twice
    assert once.base + sum(reason.points for reason in once.reasons) == once.log_odds
    assert once.win_probability_ppm == pytest.approx(142_857, abs=2)  # odds of 1:9 raised by half are 1:6


def test_every_fault_of_behaviour_rules_is_named() -> None:
    rules = BehaviourRules(
        1,
        (
            BehaviourRule("one", "a", 'n["page_view.secret"] > 1', 7),
            BehaviourRule("one", "b", "n.size() > 1", 7),
            BehaviourRule("two", "c", 'n["tender_notice"] > 1', 7),
            *(BehaviourRule(f"more{at}", f"d{at}", "n['site_visit'] > 3", 7) for at in range(3)),
        ),
    )

    faults = {(fault.field, fault.reason) for fault in rules.faults()}

    assert faults == {
        ("rules", "behaviour.classes"),
        ("rules[0].when", "behaviour.subject"),
        ("rules[1].rule_id", "behaviour.twice"),
        ("rules[1].when", "behaviour.form"),
    }
