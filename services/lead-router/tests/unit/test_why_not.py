"""「为什么不是我」: the gap adds up, and the change named would really have won."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.errors import NotFound
from lead_router.domain.ids import RepId
from lead_router.domain.routing.policy import Policy
from lead_router.domain.routing.prices import PriceTable
from lead_router.domain.routing.rep_row import RepRow
from lead_router.domain.routing.skill import SkillTable
from lead_router.domain.routing.tables import RoutingTables
from lead_router.domain.routing.why_not import (
    BALANCE,
    PERFORMANCE,
    PRICE,
    PROFILE,
    RESPONSE_MINUTES,
    SEGMENT_FIT,
    Change,
    why_not,
)

from .builders import a_policy, a_rep, a_snapshot, decided, some_tables, tags

ANN, BOB = RepId("ann"), RepId("bob")


def test_the_gap_is_told_term_by_term_and_adds_up() -> None:
    rows = [a_rep("ann", median_response_minutes=200), a_rep("bob", median_response_minutes=0, carried=10**9)]
    [decision] = decided(a_snapshot(), rows)

    answer = why_not(decision, ANN)

    assert answer.chosen == "bob"
    assert answer.gap["speed"] > 0
    assert answer.gap["fairness"] > 0
    assert sum(answer.gap.values()) == decision.terms(BOB).total - decision.terms(ANN).total


def test_who_got_the_lead_needs_no_change() -> None:
    [decision] = decided(a_snapshot(), [a_rep("ann")])

    answer = why_not(decision, ANN)

    assert answer.changes == ()
    assert answer.would_win is None
    assert set(answer.gap.values()) == {0}


def test_one_rule_in_the_way_is_the_change_where_the_rep_would_have_won() -> None:
    rows = [a_rep("ann", median_response_minutes=0, is_paused=True), a_rep("bob", median_response_minutes=60)]
    [decision] = decided(a_snapshot(), rows)

    assert why_not(decision, ANN).would_win == Change("PAUSED", 1, 0, 1_000_000)


def test_two_rules_or_a_lower_total_besides_leave_no_single_change() -> None:
    twice = [a_rep("ann", median_response_minutes=0, is_paused=True, open_leads=10), a_rep("bob")]
    slower = [a_rep("ann", median_response_minutes=90, is_paused=True), a_rep("bob", median_response_minutes=0)]

    for rows in (twice, slower):
        [decision] = decided(a_snapshot(), rows)
        assert why_not(decision, ANN).would_win is None


def test_no_figure_beats_an_owners_precedence() -> None:
    rows = [a_rep("ann", median_response_minutes=0), a_rep("bob", median_response_minutes=300)]
    [decision] = decided(a_snapshot(account_owner=BOB), rows)

    answer = why_not(decision, ANN)

    assert answer.because == "STICKY_OWNER"
    assert answer.changes == ()


def test_a_waiting_lead_has_no_rival() -> None:
    [decision] = decided(a_snapshot(), [a_rep("ann", is_paused=True)])

    answer = why_not(decision, ANN)

    assert answer.chosen is None
    assert answer.gap == {}
    assert answer.excluded_by == ("PAUSED",)


def test_a_better_match_is_named_where_it_would_have_won() -> None:
    rows = [
        a_rep("ann", tags=tags(industry="hospital")),
        a_rep("bob", tags=tags(industry="clinic"), median_response_minutes=31),
    ]
    [decision] = decided(a_snapshot(tags={"industry": ("clinic",)}), rows)

    changes = {change.input: change for change in why_not(decision, ANN).changes}

    assert (changes[PROFILE].now, changes[PROFILE].needed) == (900_000, 1_150_000)


def test_a_stranger_is_not_found() -> None:
    [decision] = decided(a_snapshot(), [a_rep("ann")])

    with pytest.raises(NotFound):
        why_not(decision, RepId("stranger"))


POLICY = a_policy()
FIGURES = st.tuples(
    st.integers(0, 300), st.integers(-(10**9), 10**9), st.integers(500_000, 2_000_000), st.integers(0, 20_000)
)


def with_change(
    rows: list[RepRow], figures: list[tuple[int, int, int, int]], change: Change | None, amount: int | None = None
) -> RepId | None:
    """Who wins when rep 0 has this value instead."""
    value = 0 if change is None else change.needed if amount is None else amount
    kind = None if change is None else change.input
    lifts = {row.rep_id: lift for row, (_, _, lift, _) in zip(rows, figures, strict=True)}
    prices = {row.rep_id: (price, 0) for row, (_, _, _, price) in zip(rows, figures, strict=True)}
    cells: dict[tuple[RepId, str], int] = {}
    changed, *others = rows
    if kind == RESPONSE_MINUTES:
        changed = replace(changed, median_response_minutes=value)
    elif kind == BALANCE:
        changed = replace(changed, carried=value)
    elif kind == PERFORMANCE:
        lifts[changed.rep_id] = value
    elif kind == SEGMENT_FIT:
        cells[changed.rep_id, "KA"] = value
    elif kind == PRICE:
        prices[changed.rep_id] = (value, 0)
    skill = SkillTable(1, SkillTable.before_evidence(POLICY.lifts).by_class, lifts, cells)
    tables: RoutingTables = some_tables(POLICY, skill=skill, prices=PriceTable(1, prices=prices))
    return decided(a_snapshot(segment="KA"), [changed, *others], POLICY, tables=tables)[0].rep_id


@given(figures=st.lists(FIGURES, min_size=2, max_size=4))
@settings(max_examples=60)
def test_each_change_named_wins_and_one_step_less_does_not(figures: list[tuple[int, int, int, int]]) -> None:
    rows = [
        a_rep(f"rep-{at}", median_response_minutes=minutes, carried=carried)
        for at, (minutes, carried, _, _) in enumerate(figures)
    ]
    me = rows[0].rep_id
    winner = with_change(rows, figures, None)
    changes = [change for change in _changes(POLICY, rows, figures) if change.input != PROFILE]

    for change in changes:
        step = 1 if change.needed > change.now else -1
        assert winner != me
        assert with_change(rows, figures, change) == me
        assert with_change(rows, figures, change, change.needed - step) != me
    assert [change.size_ppm for change in changes] == sorted(change.size_ppm for change in changes)


def _changes(policy: Policy, rows: list[RepRow], figures: list[tuple[int, int, int, int]]) -> tuple[Change, ...]:
    lifts = {row.rep_id: lift for row, (_, _, lift, _) in zip(rows, figures, strict=True)}
    prices = {row.rep_id: (price, 0) for row, (_, _, _, price) in zip(rows, figures, strict=True)}
    skill = SkillTable(1, SkillTable.before_evidence(policy.lifts).by_class, lifts)
    tables = some_tables(policy, skill=skill, prices=PriceTable(1, prices=prices))
    [decision] = decided(a_snapshot(segment="KA"), rows, policy, tables=tables)
    return why_not(decision, rows[0].rep_id).changes
