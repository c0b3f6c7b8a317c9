"""Policies as documents: defaults, every fault at once, and back again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_router.domain.errors import PolicyInvalid
from lead_router.domain.response_clock import CalendarTime, TimeCounted
from lead_router.domain.routing.policy import Policy
from lead_router.domain.routing.policy_document import dump, lead_expressions, parse, rep_expressions
from lead_router.domain.routing.sample_policy import medical_distributor

from .builders import HOUR, a_policy


def faults(document: dict[str, Any]) -> dict[str, str]:
    """Reason by path of every fault."""
    with pytest.raises(PolicyInvalid) as invalid:
        parse(document, policy_id="policy-1", version=1)
    return {fault.field: fault.reason for fault in invalid.value.violations}


def test_an_empty_document_has_the_defaults_of_the_method() -> None:
    policy = a_policy()

    assert (policy.fairness.fair_leads, policy.fairness.fair_limit) == (30, 300_000)
    assert (policy.fairness.sticky_credit, policy.rerouting.switch_cost) == (500_000, 150_000)
    assert (policy.waiting.max_wait_hours, policy.waiting.reprice_minutes) == (24, 60)
    assert policy.lifts.skill_half_life_days == 180
    assert (policy.lifts.fits, policy.lifts.neutral, policy.lifts.other) == (1_150_000, 1_000_000, 900_000)
    assert (policy.lifts.ka_on_smb, policy.priority.urgency_factor) == (780_000, 1_500_000)
    assert (policy.sla.response_minutes, policy.sla.follow_up_hours) == (120, 48)
    assert policy.offers.attempts == 3


def test_every_fault_is_named_at_once() -> None:
    found = faults(
        {
            "fairness": {"fair_leads": 0, "fair_limit": 1.5, "fare_leads": 30},
            "waiting": {"max_wait_hours": "24"},
            "currency": "yuan",
            "match": {"weights": {"shoe_size": 5}},
            "nonsense": 1,
        }
    )

    assert found == {
        "fairness.fair_leads": "range",
        "fairness.fair_limit": "range",
        "fairness.fare_leads": "unknown",
        "waiting.max_wait_hours": "type",
        "currency": "pattern",
        "match.weights.shoe_size": "unknown",
        "nonsense": "unknown",
    }


@pytest.mark.parametrize(
    ("document", "path", "reason"),
    [
        ({"fairness": {"fair_limit": 0.3000001}}, "fairness.fair_limit", "decimals"),
        ({"fairness": {"fair_leads": True}}, "fairness.fair_leads", "type"),
        ({"fairness": {"fair_leads": float("nan")}}, "fairness.fair_leads", "range"),
        ({"fairness": []}, "fairness", "type"),
        ({"priority": {"competitor_comparison": 1}}, "priority.competitor_comparison", "type"),
        ({"worth": {"default_worth": {"KA": 1}}}, "worth.default_worth.other", "required"),
        ({"match": {"weights": {"industry": 0}}}, "match.weights", "empty"),
        ({"match": {"fits_from_pct": 30, "other_below_pct": 30}}, "match.other_below_pct", "order"),
        ({"fallbacks": {"pool_when": ["full"]}}, "fallbacks.pool_id", "required"),
        ({"fallbacks": {"pool_when": ["bored"]}}, "fallbacks.pool_when[0]", "choice"),
        ({"sla": {"qualifying_documents": []}}, "sla.qualifying_documents", "empty"),
        ({"eligibility": {"owner_precedence": ["account_owner"] * 2}}, "eligibility.owner_precedence", "repeated"),
        ({"eligibility": {"clauses": "none"}}, "eligibility.clauses", "type"),
        ({"eligibility": {"clauses": [{"id": "a"}]}}, "eligibility.clauses[0].when", "required"),
        ({"eligibility": {"clauses": [{"id": "a", "when": "1 < 2"}]}}, "eligibility.clauses[0].when", "scope"),
        (
            {"eligibility": {"clauses": [{"id": "a", "when": "lead.age + rep.age > 3"}]}},
            "eligibility.clauses[0].when",
            "form",
        ),
        ({"priority": {"classes": [{"id": "vip", "when": "rep.vip"}]}}, "priority.classes[0].when", "scope"),
        ({"priority": {"classes": [{"id": "urgent", "when": "lead.vip"}]}}, "priority.classes", "repeated"),
    ],
)
def test_a_fault_is_named_by_its_path_and_reason(document: dict[str, Any], path: str, reason: str) -> None:
    assert faults(document) == {path: reason}


def test_two_clauses_of_one_id_are_a_fault() -> None:
    clause = {"id": "same", "when": "lead.source == 'web'"}

    assert faults({"eligibility": {"clauses": [clause, clause]}}) == {"eligibility.clauses": "repeated"}


def test_a_share_is_exact_or_a_fault() -> None:
    policy = a_policy(fairness={"fair_limit": 0.123456})

    assert policy.fairness.fair_limit == 123_456


def test_a_written_document_reads_back_as_itself() -> None:
    policy = medical_distributor("policy-1", 3)

    document = dump(policy)

    assert dump(parse(document, policy_id="policy-1", version=3)) == document
    assert document["worth"]["default_worth"]["KA"] == 480_000


@given(
    limit=st.integers(0, 1_000_000),
    worth=st.integers(0, 3 * 10**11),
    leads=st.integers(1, 10_000),
    weight=st.integers(1, 100),
)
def test_any_exact_figure_survives_the_document(limit: int, worth: int, leads: int, weight: int) -> None:
    document = dump(a_policy())
    document["fairness"] |= {"fair_limit": limit / 1_000_000, "fair_leads": float(leads)}
    document["worth"]["default_worth"]["other"] = worth / 100
    document["match"]["weights"]["industry"] = weight

    policy = parse(document, policy_id="p", version=1)

    assert policy.fairness.fair_limit == limit
    assert policy.fairness.fair_leads == leads
    assert policy.worth.default_worth["other"] == worth
    assert dump(parse(dump(policy), policy_id="p", version=1)) == dump(policy)


def test_expressions_are_sorted_by_what_they_speak_of() -> None:
    policy = a_policy(
        eligibility={
            "clauses": [
                {"id": "spam", "when": "lead.source != 'rep.bot'"},
                {"id": "trained", "when": "rep.trained"},
                {"id": "region", "when": "lead.region in rep.region"},
            ]
        },
        priority={"classes": [{"id": "tender", "when": "lead.has_tender"}]},
    )

    assert lead_expressions(policy) == ("lead.source != 'rep.bot'", "lead.has_tender")
    assert rep_expressions(policy) == ("rep.trained",)


def test_declining_costs_unless_the_reason_is_on_the_list() -> None:
    offers = a_policy(offers={"accepted_reasons": ["conflict_of_interest"]}).offers

    assert not offers.keeps_credit("conflict_of_interest")
    assert offers.keeps_credit("too_small")


def test_a_policy_makes_the_terms_of_both_clocks() -> None:
    policy: Policy = a_policy(sla={"response_minutes": 90, "response_counts": "working"})

    terms = policy.sla.terms(CalendarTime())

    assert terms.response.limit == 1.5 * HOUR
    assert terms.response.counts is TimeCounted.WORKING
    assert terms.follow_up.limit == 48 * HOUR
