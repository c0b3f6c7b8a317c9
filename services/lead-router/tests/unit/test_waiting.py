"""When a lead waits, why, and for how long."""

from typing import Any

import pytest

from lead_router.domain.ids import RepId
from lead_router.domain.lead_state import WaitingReason
from lead_router.domain.routing.outcome import Waits
from lead_router.domain.routing.prices import PriceTable
from lead_router.domain.routing.rep_row import RepRow
from lead_router.domain.routing.skill import SkillTable

from .builders import HOUR, MIDNIGHT, NOW, a_policy, a_rep, a_snapshot, decided, some_tables

TONIGHT = ((NOW + 5 * HOUR, NOW + 9 * HOUR),)
TOMORROW = ((NOW + 22 * HOUR, NOW + 31 * HOUR),)


def outcome(rows: list[RepRow], **lead: Any) -> object:
    return decided(a_snapshot(**lead), rows)[0].outcome


def test_a_lead_waits_for_the_next_shift_when_nobody_works_now() -> None:
    assert outcome([a_rep("ann", shifts=TOMORROW), a_rep("bob", shifts=TONIGHT)]) == Waits(
        WaitingReason.NEXT_SHIFT, "NEXT_SHIFT", NOW + 5 * HOUR
    )


def test_a_shift_beyond_the_longest_wait_leaves_the_lead_with_the_supervisor() -> None:
    late = ((NOW + 25 * HOUR, NOW + 30 * HOUR),)

    assert outcome([a_rep("ann", shifts=late)]) == Waits(WaitingReason.SUPERVISOR, "NOBODY_ELIGIBLE")


def test_a_full_team_keeps_the_lead_in_order_until_a_slot_or_the_next_shift() -> None:
    today_full = a_rep("ann", leads_today=10, counted_on=NOW.date())
    no_room = a_rep("bob", open_leads=10)

    assert outcome([today_full]) == Waits(WaitingReason.FULL, "ALL_FULL", NOW + 22 * HOUR)
    assert outcome([no_room]) == Waits(WaitingReason.FULL, "ALL_FULL", None)


def test_somebody_coming_on_shift_counts_before_somebody_full() -> None:
    waits = outcome([a_rep("ann", open_leads=10), a_rep("bob", shifts=TONIGHT)])

    assert waits == Waits(WaitingReason.NEXT_SHIFT, "NEXT_SHIFT", NOW + 5 * HOUR)


def test_a_full_rep_off_shift_is_full_and_not_coming() -> None:
    assert outcome([a_rep("ann", shifts=TONIGHT, open_leads=10)]) == Waits(WaitingReason.FULL, "ALL_FULL", None)


def test_of_several_shifts_to_come_the_first_is_waited_for() -> None:
    parted = ((NOW + HOUR, NOW + 2 * HOUR), (NOW + 5 * HOUR, NOW + 6 * HOUR), *TOMORROW)

    assert outcome([a_rep("ann", shifts=parted)]) == Waits(WaitingReason.NEXT_SHIFT, "NEXT_SHIFT", NOW + HOUR)


def test_a_shift_from_midnight_on_is_the_next_days_with_a_daily_cap_of_its_own() -> None:
    night = a_rep("ann", shifts=((MIDNIGHT, MIDNIGHT + 8 * HOUR),), leads_today=10, counted_on=NOW.date())

    assert outcome([night]) == Waits(WaitingReason.NEXT_SHIFT, "NEXT_SHIFT", MIDNIGHT)


def test_a_coming_shift_counts_only_with_room_under_its_daily_cap() -> None:
    had_all_of_today = a_rep("ann", shifts=(*TONIGHT, *TOMORROW), leads_today=10, counted_on=NOW.date())
    takes_none = a_rep("bob", shifts=TOMORROW, daily_cap=0)

    assert outcome([had_all_of_today]) == Waits(WaitingReason.NEXT_SHIFT, "NEXT_SHIFT", NOW + 22 * HOUR)
    assert outcome([takes_none]) == Waits(WaitingReason.SUPERVISOR, "NOBODY_ELIGIBLE")


@pytest.mark.parametrize("rows", [[], [a_rep("ann", is_paused=True)], [a_rep("ann", is_on_leave=True, shifts=TONIGHT)]])
def test_with_nobody_eligible_a_supervisor_has_the_lead(rows: list[RepRow]) -> None:
    assert outcome(rows) == Waits(WaitingReason.SUPERVISOR, "NOBODY_ELIGIBLE")


def test_a_lead_whose_only_reps_are_taken_by_others_waits_as_for_a_slot() -> None:
    [busy] = decided(a_snapshot(), [a_rep("ann")], held=[])
    [lost] = decided(a_snapshot(lost_to_rival=(RepId("ann"),)), [a_rep("ann")])

    assert isinstance(busy.outcome, Waits)
    assert busy.outcome.reason is WaitingReason.FULL
    assert isinstance(lost.outcome, Waits)
    assert lost.outcome.reason is WaitingReason.FULL


def a_star_tomorrow(price: int = 0, *, is_solved: bool = True, max_wait_hours: int = 24, **lead: Any) -> object:
    """What becomes of a lead when a much better rep than the free one comes tomorrow."""
    policy = a_policy(waiting={"max_wait_hours": max_wait_hours})
    skill = SkillTable(1, SkillTable.before_evidence(policy.lifts).by_class, {RepId("star"): 3_000_000})
    prices = PriceTable(1, is_solved, {RepId("star"): (0, price)})
    rows = [a_rep("ann"), a_rep("star", shifts=TOMORROW)]
    tables = some_tables(policy, skill=skill, prices=prices)
    return decided(a_snapshot(**lead), rows, policy, tables=tables)[0].outcome


def test_a_lead_waits_for_a_slot_that_is_worth_more_than_any_now() -> None:
    assert a_star_tomorrow() == Waits(WaitingReason.NEXT_SHIFT, "BETTER_LATER", NOW + 22 * HOUR, for_rep=RepId("star"))


def test_the_price_of_the_later_slot_keeps_the_lead_from_waiting() -> None:
    assert not isinstance(a_star_tomorrow(price=100_000), Waits)


def test_a_later_slot_must_be_worth_more_and_not_as_much() -> None:
    policy = a_policy()
    by_class = SkillTable.before_evidence(policy.lifts).by_class
    skill = SkillTable(1, by_class, {RepId("star"): 3_000_000})
    rows = [a_rep("ann"), a_rep("star", shifts=TOMORROW)]
    [free] = decided(a_snapshot(), rows, policy, tables=some_tables(policy, skill=skill))
    even = free.terms(RepId("star")).total - free.terms(RepId("ann")).total

    assert isinstance(a_star_tomorrow(price=even - 1), Waits)
    assert not isinstance(a_star_tomorrow(price=even), Waits)


def test_without_solved_prices_no_lead_is_held_back() -> None:
    assert not isinstance(a_star_tomorrow(is_solved=False), Waits)


def test_no_lead_waits_longer_than_the_policy_allows() -> None:
    assert not isinstance(a_star_tomorrow(max_wait_hours=21), Waits)


def test_urgent_leads_never_wait_for_a_better_rep() -> None:
    assert not isinstance(a_star_tomorrow(compares_competitors=True), Waits)


def test_fairness_makes_nobody_wait() -> None:
    policy = a_policy()
    owed = a_rep("owed", shifts=TONIGHT, carried=10**15)
    tables = some_tables(policy, prices=PriceTable(1, is_solved=True))

    [decision] = decided(a_snapshot(), [a_rep("ann"), owed], policy, tables=tables)

    assert decision.rep_id == "ann"


def test_a_lead_waits_for_nobody_whom_a_rule_keeps_from_it() -> None:
    policy = a_policy()
    skill = SkillTable(1, SkillTable.before_evidence(policy.lifts).by_class, {RepId("star"): 3_000_000})
    tables = some_tables(policy, skill=skill, prices=PriceTable(1, is_solved=True))
    rows = [a_rep("ann"), a_rep("star", shifts=TOMORROW)]

    [decision] = decided(a_snapshot(declined_by=(RepId("star"),)), rows, policy, tables=tables)

    assert decision.rep_id == "ann"


def test_a_rep_filled_within_the_batch_is_waited_for_by_nobody() -> None:
    policy = a_policy()
    skill = SkillTable(1, SkillTable.before_evidence(policy.lifts).by_class, {RepId("star"): 3_000_000})
    tables = some_tables(policy, skill=skill, prices=PriceTable(1, is_solved=True))
    rows = [a_rep("ann", median_response_minutes=400), a_rep("star", open_cap=1)]

    first, second = decided([a_snapshot("lead-1"), a_snapshot("lead-2")], rows, policy, tables=tables)

    assert (first.rep_id, second.rep_id) == ("star", "ann")
