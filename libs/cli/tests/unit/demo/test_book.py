"""The book of the demo: what is due when, and taking up where an earlier run stopped."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sample_company import SampleCompany, generate
from sample_company.model import Lead, Outcome
from throughline_cli.demo.book import Book
from throughline_cli.demo.messages import utc
from throughline_cli.gateway import Json

_FAR = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def company() -> SampleCompany:
    return generate(start=date(2026, 3, 2), leads=200)


def test_leads_arrive_once_and_in_order(company: SampleCompany) -> None:
    book = Book(company)
    middle = company.leads[100].received_at

    first, rest = book.arrived(middle), book.arrived(_FAR)

    assert [lead.key for lead in first + rest] == [lead.key for lead in company.leads]
    assert all(lead.received_at <= middle for lead in first)


def test_deeds_follow_the_assignment(company: SampleCompany) -> None:
    book = Book(company)
    plan = next(plan for plan in company.plans if plan.outcome is Outcome.CLOSED and plan.follow_ups)
    lead = _lead_of(company, plan.lead_key)
    at = lead.received_at + timedelta(minutes=5)

    book.enter(lead.key, _stored(lead, assigned_at=at))

    deeds = book.due(_FAR)
    assert [deed.at for deed in deeds[:-1]] == [at + follow_up.after for follow_up in plan.follow_ups]
    assert (deeds[-1].kind, deeds[-1].at) == ("close", at + (plan.outcome_after or timedelta()))


def test_what_becomes_a_customer_is_converted_at_its_time(company: SampleCompany) -> None:
    book = Book(company)
    plan = next(plan for plan in company.plans if plan.outcome is Outcome.CONVERTED and plan.follow_ups)
    lead = _lead_of(company, plan.lead_key)

    book.enter(lead.key, _stored(lead, assigned_at=lead.received_at))

    deeds = book.due(_FAR)
    assert [deed.is_first for deed in deeds[:-1]] == [True, *[False] * (len(plan.follow_ups) - 1)]
    assert (deeds[-1].kind, deeds[-1].at) == ("convert", lead.received_at + (plan.outcome_after or timedelta()))


def test_waiting_leads_get_their_deeds_with_their_owner(company: SampleCompany) -> None:
    book = Book(company)
    plan = next(plan for plan in company.plans if plan.follow_ups)
    lead = _lead_of(company, plan.lead_key)
    book.enter(lead.key, _stored(lead, assigned_at=None))
    assert [standing.key for standing in book.waiting()] == [lead.key]
    assert book.due(_FAR) == []

    book.enter(lead.key, _stored(lead, assigned_at=lead.received_at))

    assert book.waiting() == []
    assert len(book.due(_FAR)) >= len(plan.follow_ups)


def test_a_later_run_repeats_no_deed_and_sends_only_what_may_be_missing(company: SampleCompany) -> None:
    plans = {plan.lead_key: plan for plan in company.plans}
    known = [lead for lead in company.leads if lead.key in plans][:80]
    last = known[-1].received_at
    stored = [_stored(lead, assigned_at=lead.received_at, followed_up_at=last) for lead in known]

    book = Book(company)
    count = book.restore(stored)

    assert count == len(known)
    assert all(deed.at > last for deed in book.due(_FAR) if deed.follow_up)
    sent = book.arrived(_FAR)
    assert not {lead.key for lead in sent} & {lead.key for lead in known}
    assert all(lead.received_at >= last - timedelta(days=1) for lead in sent)


@pytest.mark.parametrize("state", ["CLOSED", "CONVERTED"])
def test_leads_that_have_ended_are_left_alone(company: SampleCompany, state: str) -> None:
    book = Book(company)
    lead = _lead_of(company, next(plan.lead_key for plan in company.plans if plan.outcome is Outcome.CLOSED))

    book.restore([{**_stored(lead, assigned_at=lead.received_at), "state": state}])

    assert book.due(_FAR) == []


def _lead_of(company: SampleCompany, key: str) -> Lead:
    return next(lead for lead in company.leads if lead.key == key)


def _stored(lead: Lead, *, assigned_at: datetime | None, followed_up_at: datetime | None = None) -> Json:
    return {
        "lead_id": f"id of {lead.key}",
        "state": "ASSIGNED" if assigned_at else "WAITING",
        "owner_id": "rep" if assigned_at else "",
        "assigned_at": utc(assigned_at) if assigned_at else None,
        "last_follow_up_at": utc(followed_up_at) if followed_up_at else None,
        "origin": {"source": lead.source, "external_id": lead.external_id},
    }
