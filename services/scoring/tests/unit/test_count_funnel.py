from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.authorization import Authorizer
from chassis.context import Principal, RequestContext, bind
from chassis.errors import Invalid, Unauthenticated
from chassis.ids import TenantId
from scoring.adapters.kafka.facts import fact_of, told_by
from scoring.application.count_funnel import FunnelCounter
from scoring.application.record_fact import RecordFact, RecordFactsHandler
from scoring.domain.funnel import LEAD_COUNTS, Funnel, FunnelQuestion, FunnelRow, Grouping
from scoring.domain.funnel_cell import FunnelCell

from ..builders import ANNA, BO, CHEN, HOUR, MONDAY, NORTH, TENANT, Life, Rep, Telling, a_life, all_told
from ..in_memory import InMemoryUnitOfWork, InMemoryZones
from ..lives import lives, questions

AUTHORIZER = Authorizer.load("scoring")
NEXT_YEAR = MONDAY + timedelta(days=365)


def a_caller(*roles: str, rep: Rep = ANNA) -> Principal:
    return Principal("person", "sub", TENANT, frozenset(roles), rep.person_id, rep.team_id, frozenset({rep.team_id}))


async def the_funnel(
    told: Iterable[Telling],
    question: FunnelQuestion,
    *,
    caller: Principal | None = None,
    tenant_id: TenantId | None = TENANT,
    now: datetime = NEXT_YEAR,
) -> Funnel:
    unit_of_work = InMemoryUnitOfWork(now)
    record = RecordFactsHandler(unit_of_work)
    for telling in told:
        await record([RecordFact(fact_of(telling.event()), told_by(telling.event()))])
    counter = FunnelCounter(unit_of_work, InMemoryZones(ZoneInfo("Asia/Shanghai")), AUTHORIZER)
    with bind(RequestContext(caller or a_caller("director"), tenant_id, method="test")):
        return await counter(question)


async def test_without_a_grouping_there_is_one_row_even_when_nothing_happened() -> None:
    funnel = await the_funnel([], FunnelQuestion())

    assert funnel == Funnel([FunnelRow()], FunnelRow())


async def test_days_come_in_their_order() -> None:
    days = [MONDAY + timedelta(days=number) for number in (2, 0, 1)]

    funnel = await the_funnel(all_told(Life(at=day).receive() for day in days), FunnelQuestion(Grouping.DAY))

    assert [row.group for row in funnel.rows] == ["2026-03-09", "2026-03-10", "2026-03-11"]


async def test_the_largest_group_comes_first() -> None:
    lives = [a_life(source="expo"), a_life(source="website"), a_life(source="website")]

    funnel = await the_funnel(all_told(lives), FunnelQuestion(Grouping.SOURCE))

    assert [row.group for row in funnel.rows] == ["website", "expo"]


async def test_leads_of_the_future_are_not_counted_until_then() -> None:
    tomorrow = a_life(at=MONDAY + timedelta(days=1))

    funnel = await the_funnel(tomorrow.told, FunnelQuestion(), now=MONDAY)

    assert funnel.total.received == 0


async def test_a_span_that_ends_before_it_begins_is_refused() -> None:
    backwards = FunnelQuestion(received_from=MONDAY, received_before=MONDAY - HOUR)

    with pytest.raises(Invalid) as refused:
        await the_funnel([], backwards)

    assert [fault.field for fault in refused.value.violations] == ["to"]


async def test_dimensions_that_part_nothing_are_refused_all_at_once() -> None:
    question = FunnelQuestion(Grouping.REP, then_by=(Grouping.REP, Grouping.NOTHING))

    with pytest.raises(Invalid) as refused:
        await the_funnel([], question)

    assert [fault.field for fault in refused.value.violations] == ["then_by[0]", "then_by[1]"]


async def test_a_figure_that_is_none_of_leads_is_refused_with_all_that_is_wrong() -> None:
    cell = FunnelCell(FunnelQuestion(Grouping.REP, then_by=(Grouping.SOURCE,)), "decided_won", ("x",))

    with pytest.raises(Invalid) as refused:
        cell.require_sound(LEAD_COUNTS)

    assert [fault.field for fault in refused.value.violations] == ["figure", "then"]


async def test_a_call_without_a_tenant_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        await the_funnel([], FunnelQuestion(), tenant_id=None)


@pytest.mark.parametrize(
    ("role", "seen"),
    [("rep", {ANNA.person_id}), ("supervisor", {ANNA.person_id, BO.person_id, ""}), ("legal", set())],
)
async def test_callers_see_as_far_as_their_role_reaches(role: str, seen: set[str]) -> None:
    lives = [a_life().assign(ANNA), a_life().assign(BO), a_life().assign(CHEN), a_life()]

    funnel = await the_funnel(all_told(lives), FunnelQuestion(Grouping.REP), caller=a_caller(role))

    assert {row.group for row in funnel.rows} == seen
    assert funnel.total.received == len(seen)


async def test_a_supervisor_sees_a_lead_no_more_when_it_left_the_team() -> None:
    life = a_life().assign(ANNA).assign(CHEN)

    present = await the_funnel(life.told, FunnelQuestion(), caller=a_caller("supervisor"))
    past = await the_funnel(life.told, FunnelQuestion(known_at=MONDAY + 2 * HOUR), caller=a_caller("supervisor"))

    assert (present.total.received, past.total.received) == (0, 1)
    assert CHEN.team_id != NORTH


@settings(deadline=None)  # machines that run tests are busy
@given(st.lists(lives(), max_size=8), questions())
async def test_whatever_the_grouping_the_total_is_the_same(told: list[Life], question: FunnelQuestion) -> None:
    if question.received_from and question.received_before:
        question = replace(question, received_before=max(question.received_from, question.received_before))

    grouped = await the_funnel(all_told(told), question)
    ungrouped = await the_funnel(all_told(told), replace(question, group_by=Grouping.NOTHING, then_by=()))

    assert grouped.total == ungrouped.rows[0] == ungrouped.total


@settings(deadline=None)  # machines that run tests are busy
@given(st.lists(lives(), max_size=8), st.randoms(use_true_random=False))
async def test_shuffled_and_repeated_events_end_in_the_same_funnel(told: list[Life], random: Random) -> None:
    in_order = all_told(told)
    shuffled = in_order + random.choices(in_order, k=len(in_order)) if in_order else []
    random.shuffle(shuffled)

    expected = await the_funnel(in_order, FunnelQuestion(Grouping.REP))

    assert await the_funnel(shuffled, FunnelQuestion(Grouping.REP)) == expected
