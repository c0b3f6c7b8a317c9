"""What an earlier year teaches, and three leads that no score may tell apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest

from sample_company import SampleCompany
from sample_company.equal_enquiries import COUNT, equal_enquiries
from sample_company.past_leads import MOST_PAST_LEADS, PastLead, past_leads


@pytest.fixture(scope="module")
def past(company: SampleCompany) -> tuple[PastLead, ...]:
    return past_leads(company)


def test_past_leads_came_in_order_and_were_decided_before_the_month(
    company: SampleCompany, past: tuple[PastLead, ...]
) -> None:
    times = [each.lead.received_at for each in past]

    assert len(past) == MOST_PAST_LEADS
    assert times == sorted(times)
    begin = datetime.combine(company.start, datetime.min.time(), UTC)
    assert begin - timedelta(days=550) < times[0] < times[-1] < begin - timedelta(days=175)


def test_past_leads_are_the_same_for_the_same_company(company: SampleCompany) -> None:
    assert past_leads(company, 40) == past_leads(company, 40)


def test_enough_of_the_older_ones_were_won_to_learn_from_and_to_judge_by(past: tuple[PastLead, ...]) -> None:
    older = past[:1200]
    learned, judged = older[: round(1200 * 0.7)], older[round(1200 * 0.7) :]

    assert sum(each.is_won for each in learned) >= 100
    assert sum(each.is_won for each in judged) >= 50


def test_recommended_leads_were_won_more_often_than_advertised_ones(past: tuple[PastLead, ...]) -> None:
    def share(source: str) -> float:
        return mean(each.is_won for each in past if each.lead.source == source)

    assert share("referral") > 1.4 * share("baidu")


@pytest.mark.parametrize("count", [0, MOST_PAST_LEADS + 1])
def test_no_more_past_leads_than_there_are(company: SampleCompany, count: int) -> None:
    with pytest.raises(ValueError, match="between 1 and"):
        past_leads(company, count)


def test_equal_enquiries_differ_in_nothing_but_who_asks(company: SampleCompany) -> None:
    leads = equal_enquiries(company)

    who = ("key", "external_id", "company", "person", "phone", "city")
    alike = [{name: getattr(lead, name) for name in lead.__slots__ if name not in who} for lead in leads]
    assert len(leads) == COUNT
    assert alike[0] == alike[1] == alike[2]
    assert all(len({getattr(lead, name) for lead in leads}) == COUNT for name in who if name not in {"person", "city"})
