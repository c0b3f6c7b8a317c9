"""What counts as an effective follow-up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.effective_ratio import EffectiveRatio, EffectiveRatioRow
from pipeline.domain.follow_up import FollowUp, NextAction
from pipeline.domain.follow_up_standard import Criterion, FollowUpStandard, Shown, built_in
from pipeline.domain.ids import FollowUpStandardId

from ..builders import MONDAY, a_follow_up

DEMO = NextAction("已约定演示方案", MONDAY + timedelta(days=13))
STANDARD = FollowUpStandardId("0190f3c4-0000-7000-8000-000000000400")


def missing(follow_up: FollowUp, *new_kinds: str, customer_type: str = "ka") -> tuple[Criterion, ...]:
    verdict = follow_up.judged(built_in(customer_type), customer_type, new_kinds).verdict
    assert verdict is not None
    return verdict.missing


def test_with_a_key_account_all_three_must_hold() -> None:
    assert missing(a_follow_up()) == (Criterion.ACTION_ITEM, Criterion.NEW_DOCUMENT, Criterion.DECISION_CHAIN)
    assert missing(a_follow_up(next_action=DEMO, decision_chain_update="采购总监换人"), "interview_minutes") == ()


@pytest.mark.parametrize("step", [None, NextAction("再联系", None), NextAction("  ", DEMO.due_at)])
def test_a_next_step_without_words_or_day_is_no_action_item(step: NextAction | None) -> None:
    assert missing(a_follow_up(next_action=step), customer_type="smb") == (Criterion.ACTION_ITEM,)


def test_only_documents_of_the_named_kinds_count() -> None:
    standard = FollowUpStandard(STANDARD, "", 1, (Criterion.NEW_DOCUMENT,), ("interview_minutes",))

    assert standard.judge(Shown(False, ["photo"], False), customer_type="").missing == (Criterion.NEW_DOCUMENT,)
    assert standard.judge(Shown(False, ["photo", "interview_minutes"], False), customer_type="").is_effective


@given(
    criteria=st.lists(st.sampled_from(Criterion), min_size=1, unique=True),
    shown=st.builds(Shown, st.booleans(), st.lists(st.sampled_from(["a", "b"])), st.booleans()),
)
def test_it_is_effective_exactly_when_each_criterion_holds_alone(criteria: list[Criterion], shown: Shown) -> None:
    whole = FollowUpStandard(STANDARD, "", 1, tuple(criteria)).judge(shown, customer_type="")

    alone = [FollowUpStandard(STANDARD, "", 1, (one,)).judge(shown, customer_type="") for one in criteria]
    assert whole.missing == tuple(one for verdict in alone for one in verdict.missing)
    assert whole.is_effective == all(verdict.is_effective for verdict in alone)


def test_the_total_adds_up_and_the_lowest_ratio_stands_first() -> None:
    ratio = EffectiveRatio.of(
        [EffectiveRatioRow("a", 4, 3, {"action_item": 1}), EffectiveRatioRow("b", 2, 1, {"action_item": 1})]
    )

    assert [row.group for row in ratio.rows] == ["b", "a"]
    assert (ratio.total.follow_ups, ratio.total.effective, ratio.total.missing) == (6, 4, {"action_item": 2})
    assert ratio.total.effective_ratio_pct == 66.67
