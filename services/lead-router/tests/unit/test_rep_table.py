"""The rep table: brought up to date row by row, in any order, without being rebuilt."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_router.domain.ids import GroupId, RepId
from lead_router.domain.routing.rep_row import RepRow
from lead_router.domain.routing.rep_table import Column, RepTable

from .builders import HOUR, NOW, a_rep, a_table, tags


def test_reps_stand_by_id_whatever_order_their_rows_came_in() -> None:
    one = a_table(a_rep("bob", change_seq=1), a_rep("ann", change_seq=2))
    other = a_table(a_rep("ann", change_seq=2)).updated([a_rep("bob", change_seq=1)])

    assert one.roster.ids == ("ann", "bob")
    assert one.roster == other.roster
    assert np.array_equal(one.values, other.values)
    assert one.inputs_digest() == other.inputs_digest()


def test_an_update_leaves_the_table_it_came_from_as_it_was() -> None:
    before = a_table(a_rep("ann", open_leads=1))

    after = before.updated([a_rep("ann", change_seq=2, open_leads=2)])

    assert before[Column.OPEN_LEADS].tolist() == [1]
    assert after[Column.OPEN_LEADS].tolist() == [2]
    assert after.change_seq == 2
    assert before.inputs_digest() != after.inputs_digest()


def test_an_older_row_changes_nothing() -> None:
    table = a_table(a_rep("ann", change_seq=5, open_leads=5))

    assert table.updated([a_rep("ann", change_seq=4, open_leads=4)]) is table
    assert table.updated([]) is table


def test_of_two_rows_of_one_rep_the_newer_counts() -> None:
    table = a_table(a_rep("ann", change_seq=3, open_leads=3), a_rep("ann", change_seq=2, open_leads=2))

    assert table[Column.OPEN_LEADS].tolist() == [3]


def test_a_leaver_is_dropped_and_a_newcomer_finds_a_place() -> None:
    table = a_table(a_rep("ann", tags=tags(region="浙江")), a_rep("cat", open_leads=7, tags=tags(region="江苏")))

    table = table.updated([a_rep("ann", change_seq=2, has_left=True), a_rep("bob", change_seq=3)])

    assert table.roster.ids == ("bob", "cat")
    assert table[Column.OPEN_LEADS].tolist() == [0, 7]
    assert table.profiles.states("region", "江苏").tolist() == [False, True]
    assert table.change_seq == 3


def test_profiles_are_kept_while_only_loads_change() -> None:
    table = a_table(a_rep("ann", tags=tags(region="浙江")))

    loaded = table.updated([a_rep("ann", change_seq=2, open_leads=1, tags=tags(region="浙江"))])
    moved = loaded.updated([a_rep("ann", change_seq=3, tags=tags(region="江苏"))])

    assert loaded.profiles is table.profiles
    assert moved.profiles.states("region", "江苏").tolist() == [True]


def test_results_of_clauses_follow_their_rep_and_a_missing_one_is_false() -> None:
    table = a_table(a_rep("ann", clause_results={"rep.trained": True}), a_rep("bob"))

    assert table.clauses.column("rep.trained").tolist() == [True, False]
    table = table.updated([a_rep("bob", change_seq=2, clause_results={"rep.trained": True})])
    assert table.clauses.column("rep.trained").tolist() == [True, True]


def test_the_digest_names_the_group_and_not_its_place() -> None:
    one = a_table(a_rep("ann", group_id=GroupId("north")), a_rep("bob", group_id=GroupId("south")))
    other = a_table(a_rep("bob", group_id=GroupId("south"))).updated([a_rep("ann", group_id=GroupId("north"))])
    swapped = a_table(a_rep("ann", group_id=GroupId("south")), a_rep("bob", group_id=GroupId("north")))

    assert one.inputs_digest() == other.inputs_digest()
    assert one.inputs_digest() != swapped.inputs_digest()


def test_a_row_has_at_most_three_shifts() -> None:
    with pytest.raises(ValueError, match="at most 3"):
        a_rep("ann", shifts=tuple((NOW + k * HOUR, NOW + (k + 1) * HOUR) for k in range(4)))


def test_a_row_survives_its_document() -> None:
    row = a_rep(
        "ann",
        joined_at=NOW - timedelta(days=20),
        counted_on=NOW.date(),
        last_lead_at=NOW - HOUR,
        tags=tags(region=["浙江", "江苏"]),
        numbers={"min_amount": 5},
        clause_results={"rep.trained": True},
        carried=-17,
    )

    assert RepRow.from_document(row.to_document()) == row


ROWS = st.lists(
    st.tuples(st.sampled_from("abcde"), st.integers(0, 9), st.sampled_from(["浙江", "江苏"]), st.integers(0, 9)),
    max_size=25,
)


@given(rows=ROWS, cuts=st.lists(st.integers(1, 5), max_size=8))
def test_row_by_row_is_the_same_as_all_at_once(rows: list[tuple[str, int, str, int]], cuts: list[int]) -> None:
    history = [
        a_rep(rep, change_seq=seq, open_leads=load, tags=tags(region=region), has_left=left == 0)
        for seq, (rep, load, region, left) in enumerate(rows, start=1)
    ]

    stepwise, rest = RepTable.empty(), list(history)
    for cut in [*cuts, len(rest)]:
        stepwise, rest = stepwise.updated(rest[:cut]), rest[cut:]

    newest = {row.rep_id: row for row in history}
    at_once = RepTable.from_rows(row for row in newest.values() if not row.has_left)
    assert stepwise.roster == at_once.roster
    assert stepwise.inputs_digest() == at_once.inputs_digest()
    for region in ("浙江", "江苏"):
        ours, theirs = stepwise.profiles.states("region", region), at_once.profiles.states("region", region)
        assert ours.tolist() == theirs.tolist()
    assert {RepId(rep) for rep in stepwise.roster.ids} == {row.rep_id for row in newest.values() if not row.has_left}
