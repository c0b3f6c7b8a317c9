"""Examples tell what was known at capture, and nothing of who asked."""

from __future__ import annotations

from datetime import date

from sample_company import generate
from sample_company.equal_enquiries import equal_enquiries
from sample_company.past_leads import past_leads
from throughline_cli.demo.training_examples import answers_of, training_example

COMPANY = generate(start=date(2026, 3, 2), leads=60)


def test_leads_that_differ_in_who_asks_have_equal_answers() -> None:
    one, two, three = map(answers_of, equal_enquiries(COMPANY))

    assert one == two == three
    assert one["source"] == "referral"
    assert one["has_phone"] == "yes"


def test_no_example_holds_a_name_a_number_or_an_address() -> None:
    for past in past_leads(COMPANY, 60):
        told = training_example(past)

        lead, answers = past.lead, set(told["fields"].values())
        assert not answers & {lead.company, lead.phone, lead.email, lead.message} - {""}
        assert lead.person not in answers
        assert told["is_won"] is past.is_won


def test_what_was_not_answered_is_left_out() -> None:
    told = [answers_of(past.lead) for past in past_leads(COMPANY, 60)]

    assert all(all(answers.values()) for answers in told)
    assert any("amount" not in answers for answers in told)
