"""What is decided first, and what a lead is worth in average hands."""

from datetime import datetime

import pytest

from lead_router.domain.routing.fixed_point import MAX_WORTH, epoch_seconds
from lead_router.domain.routing.lead_order import in_order
from lead_router.domain.routing.lead_snapshot import LeadSnapshot
from lead_router.domain.routing.policy import Policy
from lead_router.domain.routing.urgency import class_of
from lead_router.domain.routing.worth import Worth, WorthTable, worth_of

from .builders import HOUR, MINUTE, NOW, a_policy, a_snapshot, some_tables

TENDER = {"classes": [{"id": "tender", "when": "lead.tender", "factor": 1.2, "may_wait": True}]}


def class_id(lead: LeadSnapshot, policy: Policy | None = None) -> str:
    return class_of(lead, (policy or a_policy()).priority, epoch_seconds(NOW)).id


def worth(lead: LeadSnapshot, policy: Policy | None = None, table: WorthTable | None = None) -> Worth:
    policy = policy or a_policy()
    lead_class = class_of(lead, policy.priority, epoch_seconds(NOW))
    return worth_of(lead, lead_class, table or WorthTable(1, 100, 10**9), policy.worth)


@pytest.mark.parametrize(
    ("trial_ends_at", "expected"),
    [
        (NOW + 48 * HOUR, "urgent"),
        (NOW + 48 * HOUR + MINUTE, "ordinary"),
        (NOW, "urgent"),
        (NOW - MINUTE, "ordinary"),
    ],
)
def test_a_trial_makes_urgent_in_its_last_48_hours(trial_ends_at: datetime, expected: str) -> None:
    assert class_id(a_snapshot(trial_ends_at=trial_ends_at)) == expected


def test_comparing_competitors_makes_urgent_unless_the_policy_says_no() -> None:
    lead = a_snapshot(compares_competitors=True)

    assert class_id(lead) == "urgent"
    assert class_id(lead, a_policy(priority={"competitor_comparison": False})) == "ordinary"


def test_urgent_leads_never_wait_and_count_half_as_much_again() -> None:
    lead_class = class_of(a_snapshot(is_urgent=True), a_policy().priority, epoch_seconds(NOW))

    assert (lead_class.rank, lead_class.may_wait, lead_class.factor_ppm) == (0, False, 1_500_000)
    assert worth(a_snapshot(is_urgent=True)).value == 150_000


def test_the_policys_own_classes_come_after_urgent_and_before_ordinary_leads() -> None:
    policy = a_policy(priority=TENDER)
    leads = [
        a_snapshot("ordinary", amount=10**9),
        a_snapshot("tender", clause_results={"lead.tender": True}),
        a_snapshot("urgent", compares_competitors=True, amount=1),
    ]

    ordered = in_order(leads, policy, some_tables(policy), epoch_seconds(NOW))

    assert [each.lead.lead_id for each in ordered] == ["urgent", "tender", "ordinary"]


def test_within_a_class_the_most_value_left_is_decided_first() -> None:
    policy = a_policy()
    leads = [
        a_snapshot("old", received_at=NOW - 20 * HOUR, amount=1_100_000),
        a_snapshot("new", amount=1_000_000),
        a_snapshot("large", received_at=NOW - 20 * HOUR, amount=9_000_000),
    ]

    ordered = in_order(leads, policy, some_tables(policy), epoch_seconds(NOW))

    assert [each.lead.lead_id for each in ordered] == ["large", "new", "old"]


def test_equal_leads_are_decided_by_age_and_then_by_id() -> None:
    policy = a_policy()
    leads = [a_snapshot("c"), a_snapshot("b", received_at=NOW - 20 * MINUTE / 60), a_snapshot("a")]

    ordered = in_order(leads, policy, some_tables(policy), epoch_seconds(NOW))

    assert [each.lead.lead_id for each in ordered] == ["b", "a", "c"]


def test_a_known_amount_counts_with_the_models_chance() -> None:
    found = worth(a_snapshot(amount=2_000_000, win_probability_ppm=150_000))

    assert (found.value, found.amount_basis, found.model) == (300_000, "AMOUNT", "scorecard-7")


def test_an_unknown_amount_is_the_segments_median_else_the_policys() -> None:
    lead = a_snapshot(segment="KA", amount=None)
    table = WorthTable(1, 100, 10**9, median_amount={"KA": 700_000})

    assert worth(lead, table=table).amount_basis == "SEGMENT_MEDIAN"
    assert worth(lead, table=table).value == 70_000
    assert worth(lead).amount_basis == "default"
    assert worth(lead).value == 3_000_000


def test_without_a_model_the_policys_base_rate_counts() -> None:
    found = worth(a_snapshot(segment="SMB", win_probability_ppm=None))

    assert (found.win_probability_ppm, found.model) == (120_000, "default")


def test_worth_stays_within_what_the_arithmetic_can_hold() -> None:
    lead = a_snapshot(amount=10**15, win_probability_ppm=1_000_000, is_urgent=True)

    assert worth(lead).value == MAX_WORTH
    assert worth(a_snapshot(amount=-5)).value == 0


def test_the_published_table_guards_the_top_tenth() -> None:
    table = WorthTable.published(2, list(range(1, 101)), {"KA": [5, 9, 7], "SMB": []}, 100_000)

    assert table.high_value_from == 91
    assert table.mean_worth == 50
    assert table.median_amount == {"KA": 7}


def test_before_evidence_the_best_segments_typical_lead_is_guarded() -> None:
    table = WorthTable.before_evidence(a_policy().worth)

    assert table.high_value_from == 2_400_000
    assert table.mean_worth == (2_400_000 + 360_000 + 500_000) // 3


def test_a_worth_table_needs_leads() -> None:
    with pytest.raises(ValueError, match="at least one lead"):
        WorthTable.published(1, [], {}, 100_000)
