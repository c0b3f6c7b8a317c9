"""A lead that is offered to a rep: accepted, declined, expired."""

import pytest

from lead_router.domain import events as e
from lead_router.domain.errors import AlarmNotDue, OfferOfAnother
from lead_router.domain.ids import DecisionId, PersonId, RepId
from lead_router.domain.lead_state import LeadState

from .builders import HOUR, MINUTE, NOW, TERMS, a_lead, an_owner

DECISION = DecisionId("d-2")
BOSS = PersonId("boss")


def test_an_offer_is_owned_by_nobody_until_it_is_accepted() -> None:
    lead = a_lead()

    lead.offer(an_owner(), decision_id=DECISION, expires_at=NOW + 15 * MINUTE, at=NOW)

    assert lead.state is LeadState.OFFERED
    assert lead.owner is None


def test_an_accepted_offer_makes_an_owner() -> None:
    lead = a_lead()
    lead.offer(an_owner(), decision_id=DECISION, expires_at=NOW + 15 * MINUTE, at=NOW)

    lead.accept_offer(RepId("ann"), at=NOW + MINUTE, terms=TERMS)

    assert lead.owner == an_owner()
    assert lead.standing.is_accepted


def test_only_the_rep_of_the_offer_may_answer_it() -> None:
    lead = a_lead()
    lead.offer(an_owner(), decision_id=DECISION, expires_at=NOW + 15 * MINUTE, at=NOW)

    with pytest.raises(OfferOfAnother):
        lead.accept_offer(RepId("bob"), at=NOW, terms=TERMS)

    assert lead.state is LeadState.OFFERED


def test_a_declined_offer_waits_again_and_remembers_who_declined() -> None:
    lead = a_lead()
    lead.offer(an_owner(), decision_id=DECISION, expires_at=NOW + 15 * MINUTE, at=NOW)
    lead.pull_events()

    lead.decline_offer(RepId("ann"), reason="too_small", keeps_credit=True, at=NOW)

    assert lead.state is LeadState.WAITING
    assert lead.declined_by == (RepId("ann"),)
    [declined] = lead.pull_events()
    assert isinstance(declined, e.LeadOfferDeclined)
    assert declined.keeps_credit


def test_an_offer_expires_at_its_time_and_not_before() -> None:
    lead = a_lead()
    lead.offer(an_owner(), decision_id=DECISION, expires_at=NOW + 15 * MINUTE, at=NOW)

    with pytest.raises(AlarmNotDue):
        lead.expire_offer(at=NOW + 14 * MINUTE)
    lead.expire_offer(at=NOW + 15 * MINUTE)

    assert lead.state is LeadState.WAITING
    assert lead.declined_by == (RepId("ann"),)


def test_the_second_offer_counts_as_the_second_attempt() -> None:
    lead = a_lead()
    lead.offer(an_owner(), decision_id=DECISION, expires_at=NOW + 15 * MINUTE, at=NOW)
    lead.expire_offer(at=NOW + HOUR)
    lead.pull_events()

    lead.offer(an_owner("bob"), decision_id=DECISION, expires_at=NOW + 2 * HOUR, at=NOW + HOUR)

    [offered] = lead.pull_events()
    assert isinstance(offered, e.LeadOffered)
    assert offered.attempt == 2
