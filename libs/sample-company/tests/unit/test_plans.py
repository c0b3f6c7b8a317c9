"""The plan of behaviour shows what the product is meant to find."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from sample_company import SampleCompany
from sample_company.behaviour import delay_factor, is_urgent
from sample_company.model import LeadPlan, Outcome, Pace
from sample_company.vocabulary import CLOSE_REASONS

TWO_HOURS, TWO_DAYS = timedelta(hours=2), timedelta(hours=48)


def first_after(plan: LeadPlan) -> timedelta:
    return plan.follow_ups[0].after if plan.follow_ups else timedelta.max


def share(plans: list[LeadPlan], outcome: Outcome) -> float:
    return sum(plan.outcome is outcome for plan in plans) / len(plans)


def test_each_genuine_lead_has_a_plan_and_no_other_has(company: SampleCompany) -> None:
    genuine = [lead.key for lead in company.leads if lead.duplicate_of is None and lead.fault is None]

    assert [plan.lead_key for plan in company.plans] == genuine


def test_some_stay_silent_beyond_two_days_and_a_third_wait_longer_than_two_hours(company: SampleCompany) -> None:
    silent = sum(first_after(plan) > TWO_DAYS for plan in company.plans) / len(company.plans)
    slow = sum(first_after(plan) > TWO_HOURS for plan in company.plans) / len(company.plans)

    assert 0.04 < silent < 0.09
    assert 0.28 < slow < 0.42


@pytest.mark.parametrize(
    ("pace", "least", "most"),
    [
        (Pace.AT_ONCE, timedelta(0), timedelta(minutes=31)),
        (Pace.IN_TIME, timedelta(minutes=31), TWO_HOURS),
        (Pace.SLOW, TWO_HOURS, timedelta(days=1)),
        (Pace.LATE, timedelta(days=1), TWO_DAYS),
        (Pace.SILENT, TWO_DAYS, timedelta.max),
    ],
)
def test_the_pace_says_when_the_first_follow_up_comes(
    company: SampleCompany, pace: Pace, least: timedelta, most: timedelta
) -> None:
    times = [first_after(plan) for plan in company.plans if plan.pace is pace]

    assert times
    assert all(least <= time <= most for time in times)


def test_follow_ups_are_in_order_with_texts_that_name_people_and_products(company: SampleCompany) -> None:
    for plan in company.plans:
        times = [follow_up.after for follow_up in plan.follow_ups]
        assert times == sorted(set(times))
        assert [follow_up.key for follow_up in plan.follow_ups] == [
            f"{plan.lead_key}-F{place}" for place in range(1, len(times) + 1)
        ]
        for follow_up in plan.follow_ups:
            assert 2 <= len(follow_up.summary) <= 8000
            assert "{" not in follow_up.summary
            assert bool(follow_up.next_action) is (follow_up.next_action_after is not None)
            assert follow_up.next_action or not follow_up.is_effective


def test_an_outcome_comes_after_the_last_follow_up_and_says_what_it_must(company: SampleCompany) -> None:
    for plan in company.plans:
        assert (plan.outcome_after is None) is (plan.outcome is Outcome.OPEN) is (plan.quality_rating is None)
        assert (plan.close_reason in CLOSE_REASONS) is (plan.outcome is Outcome.CLOSED)
        assert (plan.is_won is not None) is (plan.outcome is Outcome.CONVERTED)
        assert (plan.deal_amount_hundredths is not None) is (plan.is_won is True)
        if plan.outcome_after is not None and plan.follow_ups:
            assert plan.outcome_after > plan.follow_ups[-1].after


def test_conversion_lies_where_the_product_expects_it(company: SampleCompany) -> None:
    assert 0.3 < share(list(company.plans), Outcome.CONVERTED) < 0.45


def test_those_who_were_answered_sooner_convert_more(company: SampleCompany) -> None:
    soon = [plan for plan in company.plans if first_after(plan) <= TWO_HOURS]
    late = [plan for plan in company.plans if first_after(plan) > timedelta(hours=12)]

    assert share(soon, Outcome.CONVERTED) > share(late, Outcome.CONVERTED) + 0.1


def test_referrals_convert_more_than_advertisements(company: SampleCompany) -> None:
    sources = {lead.key: lead.source for lead in company.leads}
    by_source = {
        source: [plan for plan in company.plans if sources[plan.lead_key] == source] for source in ("referral", "baidu")
    }

    assert share(by_source["referral"], Outcome.CONVERTED) > share(by_source["baidu"], Outcome.CONVERTED) + 0.1


def test_urgent_leads_are_answered_sooner(company: SampleCompany) -> None:
    urgent = {lead.key for lead in company.leads if is_urgent(lead)}

    def in_time(plans: list[LeadPlan]) -> float:
        return sum(first_after(plan) <= TWO_HOURS for plan in plans) / len(plans)

    assert in_time([plan for plan in company.plans if plan.lead_key in urgent]) > in_time(list(company.plans)) + 0.1


def test_some_records_prove_no_work(company: SampleCompany) -> None:
    texts = Counter(follow_up.summary for plan in company.plans for follow_up in plan.follow_ups)
    follow_ups = [follow_up for plan in company.plans for follow_up in plan.follow_ups]

    assert texts["已联系，客户考虑中。"] > 50
    assert 0.45 < sum(follow_up.is_effective for follow_up in follow_ups) / len(follow_ups) < 0.7


def test_the_chance_fades_as_the_reference_says() -> None:
    assert delay_factor(timedelta(hours=1)) == pytest.approx(1 - 0.019, abs=0.0005)
    assert delay_factor(timedelta(hours=6)) == pytest.approx(1 - 0.124, abs=0.0005)
    assert delay_factor(timedelta(days=30)) == 0.35
