"""What both the in-memory twins and the PostgreSQL repositories promise."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta

from chassis.authorization import Scope
from chassis.pages import Cursor
from pipeline.application.ports import FollowUpFilter, FollowUps, LeadStandings
from pipeline.domain.effective_ratio import EffectiveRatioQuestion, EffectiveRatioRow, RatioGrouping
from pipeline.domain.follow_up import NextAction
from pipeline.domain.follow_up_standard import Criterion, FollowUpVerdict
from pipeline.domain.ids import FollowUpId, FollowUpStandardId, LeadId
from pipeline.domain.lead_standing import LeadStanding

from .builders import ANNA, BO, LEAD, MONDAY, NORTH, SOUTH, a_follow_up

ALL = Scope("all")
STANDARD = FollowUpStandardId("0190f3c4-0000-7000-8000-000000000400")
OTHER_LEAD = LeadId("0190f3c4-0000-7000-8000-000000000200")


@dataclass(frozen=True, slots=True)
class Repositories:
    """One transaction's repositories."""

    follow_ups: FollowUps
    leads: LeadStandings


class RepositoryContract:
    """Inherit and give the fixture `repositories`, which opens a transaction."""

    async def test_follow_up_comes_back_as_it_was_kept(
        self, repositories: AbstractAsyncContextManager[Repositories]
    ) -> None:
        follow_up = a_follow_up(
            tags=("price_objection",), next_action=NextAction("演示", MONDAY + timedelta(days=7)), custom={"a": "b"}
        )

        async with repositories as kept:
            await kept.follow_ups.add(follow_up)

            assert await kept.follow_ups.get(follow_up.id) == follow_up
            assert await kept.follow_ups.get(FollowUpId("0190f3c4-0000-7000-8000-00000000dead")) is None

    async def test_effective_ones_are_counted_by_rep_within_scope_and_span(
        self, repositories: AbstractAsyncContextManager[Repositories]
    ) -> None:
        lacking = FollowUpVerdict(STANDARD, "ka", (Criterion.NEW_DOCUMENT, Criterion.DECISION_CHAIN))
        effective = FollowUpVerdict(STANDARD, "ka", ())
        kept_ones = [
            a_follow_up(verdict=lacking),
            a_follow_up(verdict=effective),
            a_follow_up(verdict=effective, person_id=BO, team_id=SOUTH),
            a_follow_up(verdict=lacking, occurred_at=MONDAY - timedelta(days=9)),
            a_follow_up(),
        ]
        question = EffectiveRatioQuestion(RatioGrouping.REP, occurred_from=MONDAY - timedelta(days=1))

        async with repositories as kept:
            for one in kept_ones:
                await kept.follow_ups.add(one)

            found = await kept.follow_ups.get(kept_ones[0].id)
            everything = await kept.follow_ups.effective_ratios(question, ALL, MONDAY)
            team = Scope("team", ANNA, frozenset({SOUTH}))
            by_team = EffectiveRatioQuestion(RatioGrouping.TEAM)
            of_team = await kept.follow_ups.effective_ratios(by_team, team, MONDAY)

        missing = {"new_document": 1, "decision_chain": 1}
        assert found == kept_ones[0]
        assert {row.group: row for row in everything} == {
            ANNA: EffectiveRatioRow(ANNA, 2, 1, missing),
            BO: EffectiveRatioRow(BO, 1, 1, {}),
        }
        assert {row.group: row.follow_ups for row in of_team} == {NORTH: 3, SOUTH: 1}

    async def test_page_is_newest_first_within_filter_scope_and_cursor(
        self, repositories: AbstractAsyncContextManager[Repositories]
    ) -> None:
        mine = [a_follow_up() for _ in range(3)]
        theirs = a_follow_up(person_id=BO, team_id=SOUTH, lead_id=OTHER_LEAD)

        async with repositories as kept:
            for one in (*mine, theirs):
                await kept.follow_ups.add(one)

            everything = await kept.follow_ups.page(FollowUpFilter(), ALL, None, 10)
            of_lead = await kept.follow_ups.page(FollowUpFilter(lead_id=OTHER_LEAD), ALL, None, 10)
            own = await kept.follow_ups.page(FollowUpFilter(), Scope("own", person_id=ANNA), None, 10)
            team = await kept.follow_ups.page(FollowUpFilter(), Scope("team", ANNA, frozenset({SOUTH})), None, 10)
            rest = await kept.follow_ups.page(FollowUpFilter(), ALL, Cursor((), everything[1].id), 1)

        assert everything == [theirs, *reversed(mine)]
        assert of_lead == [theirs]
        assert own == list(reversed(mine))
        assert theirs in team
        assert rest == [everything[2]]

    async def test_first_follow_up_since_a_moment_is_the_earliest_contact(
        self, repositories: AbstractAsyncContextManager[Repositories]
    ) -> None:
        early, late = a_follow_up(), a_follow_up(occurred_at=MONDAY + timedelta(hours=2))

        async with repositories as kept:
            for one in (late, early):
                await kept.follow_ups.add(one)

            assert await kept.follow_ups.first_since(LEAD, MONDAY) == early
            assert await kept.follow_ups.first_since(LEAD, MONDAY + timedelta(seconds=1)) == late
            assert await kept.follow_ups.first_since(LEAD, MONDAY + timedelta(hours=3)) is None

    async def test_newest_word_about_a_lead_stays(
        self, repositories: AbstractAsyncContextManager[Repositories]
    ) -> None:
        first = LeadStanding(LEAD, "assigned", ANNA, NORTH)
        second = LeadStanding(LEAD, "closed", ANNA, NORTH)

        async with repositories as kept:
            await kept.leads.put(second, 3)
            await kept.leads.put(first, 2)

            assert await kept.leads.get(LEAD) == second
            assert await kept.leads.get(OTHER_LEAD) is None
