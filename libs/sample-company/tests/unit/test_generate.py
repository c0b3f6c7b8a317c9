"""The same seed gives the same company; another seed another one of the same size."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sample_company import SampleCompany, generate
from sample_company.behaviour import make_plan
from sample_company.generate import MOST_LEADS

START = date(2026, 3, 2)


def test_the_same_seed_gives_the_same_company(company: SampleCompany) -> None:
    again = generate(start=START)

    assert again == company


def test_another_process_writes_the_same_bytes(company: SampleCompany, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sample_company", str(tmp_path / "theirs"), "--start", START.isoformat()]
    subprocess.run(command, check=True, capture_output=True, timeout=50)

    ours = company.write_csv(tmp_path / "ours")

    assert len(ours) == 14
    for path in ours:
        assert path.read_bytes() == (tmp_path / "theirs" / path.name).read_bytes()


def test_another_seed_gives_other_people_customers_and_leads_of_the_same_number(company: SampleCompany) -> None:
    other = generate(start=START, seed=7)

    assert [person.name for person in other.people] != [person.name for person in company.people]
    assert {customer.name for customer in other.customers} != {customer.name for customer in company.customers}
    assert [lead.message for lead in other.leads] != [lead.message for lead in company.leads]
    assert (len(other.people), len(other.customers), len(other.leads)) == (63, 600, 2000)


def test_fewer_leads_leave_people_and_customers_as_they_are(company: SampleCompany) -> None:
    small = generate(start=START, leads=40)

    assert len(small.leads) == 40
    assert (small.people, small.customers, small.territories) == (
        company.people,
        company.customers,
        company.territories,
    )


def test_another_start_moves_the_leads_with_it() -> None:
    moved = generate(start=date(2026, 9, 7), leads=60)

    assert min(lead.received_at for lead in moved.leads) >= datetime(2026, 9, 6, 16, tzinfo=UTC)


def test_a_start_beyond_the_published_holidays_works_and_says_which_years_lack_them() -> None:
    late = generate(start=date(2090, 1, 10), leads=30)

    assert late.years_without_holidays == (2089, 2090)
    assert late.calendar == ()


@pytest.mark.parametrize("leads", [0, MOST_LEADS + 1])
def test_a_number_of_leads_that_cannot_be_named_apart_is_refused(leads: int) -> None:
    with pytest.raises(ValueError, match="number of leads"):
        generate(start=START, leads=leads)


@pytest.mark.parametrize("leads", [1, 2, 7])
def test_a_handful_of_leads_can_be_had(leads: int) -> None:
    assert len(generate(start=START, leads=leads).leads) == leads


def test_the_plan_of_a_lead_depends_on_nothing_but_the_lead(company: SampleCompany) -> None:
    lead = next(lead for lead in reversed(company.leads) if lead.duplicate_of is None and lead.fault is None)

    alone = make_plan(company.seed, lead)

    assert alone == company.plans[-1]


def test_a_month_has_thirty_days(company: SampleCompany) -> None:
    days = {lead.received_at.astimezone(company.zone).date() for lead in company.leads}

    assert min(days) == START
    assert max(days) == START + timedelta(days=29)
