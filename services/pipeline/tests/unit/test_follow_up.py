"""A follow-up happened once, in the past, about something that still goes on."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import timedelta

import pytest

from chassis.errors import Invalid
from pipeline.domain.errors import LeadClosed
from pipeline.domain.follow_up import NextAction
from pipeline.domain.lead_standing import LeadStanding

from ..builders import ANNA, LEAD, MONDAY, NORTH, a_follow_up
from ..in_memory import InMemoryFollowUps, InMemoryLeadStandings
from ..repository_contract import Repositories, RepositoryContract


class TestInMemoryRepositories(RepositoryContract):
    @pytest.fixture
    def repositories(self) -> AbstractAsyncContextManager[Repositories]:
        return nullcontext(Repositories(InMemoryFollowUps(), InMemoryLeadStandings()))


def test_contact_in_the_future_is_refused_with_every_fault_named() -> None:
    follow_up = a_follow_up(
        occurred_at=MONDAY + timedelta(hours=1), next_action=NextAction("演示", MONDAY - timedelta(days=1))
    )

    with pytest.raises(Invalid) as refused:
        follow_up.require_plausible()

    assert [fault.field for fault in refused.value.violations] == ["occurred_at", "next_action_at"]


def test_clock_of_a_phone_may_run_ahead_a_little() -> None:
    a_follow_up(occurred_at=MONDAY + timedelta(seconds=50)).require_plausible()


def test_fact_tells_that_there_is_a_next_step_and_not_what_it_is() -> None:
    fact = a_follow_up(next_action=NextAction("打电话给王主任", None)).recorded()

    assert fact.has_next_action
    assert "王主任" not in repr(fact)


@pytest.mark.parametrize("state", ["merged", "rejected", "closed", "erased"])
def test_lead_that_has_ended_is_not_followed_up(state: str) -> None:
    with pytest.raises(LeadClosed):
        LeadStanding(LEAD, state, ANNA, NORTH).require_workable()


@pytest.mark.parametrize("state", ["waiting", "offered", "assigned", "pooled", "converted"])
def test_lead_that_goes_on_may_be_followed_up(state: str) -> None:
    LeadStanding(LEAD, state, ANNA, NORTH).require_workable()
