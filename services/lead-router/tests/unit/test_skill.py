"""Lifts: what they start from, and what evidence makes of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_router.domain.ids import RepId
from lead_router.domain.routing.fixed_point import MAX_LIFT, MIN_LIFT, PPM
from lead_router.domain.routing.profile_match import FITS, KA_ON_SMB, NEUTRAL, OTHER
from lead_router.domain.routing.skill import SkillTable
from lead_router.domain.routing.skill_evidence import Evidence, Level, fade, prior_by_moments, publish_skill

from .builders import a_policy

LIFTS = a_policy().lifts
ANN, BOB = RepId("ann"), RepId("bob")


def evidence(rep: RepId, wins: float, expected: float, *, segment: str = "SMB", of: int = NEUTRAL) -> Evidence:
    return Evidence(rep, segment, of, wins, expected)


def test_classes_start_from_the_policys_values() -> None:
    table = SkillTable.before_evidence(LIFTS)

    assert table.by_class == (1_150_000, 1_000_000, 900_000, 897_000, 780_000, 702_000)
    assert table.lifts_of(ANN, "SMB", FITS) == (1_150_000, PPM, PPM)


def test_evidence_worth_ten_expected_wins_halves_the_starting_value() -> None:
    cells = [evidence(ANN, 10, 10, of=FITS), evidence(ANN, 90, 90, of=NEUTRAL)]

    table = publish_skill(cells, LIFTS, version=1, level=Level.CLASS)

    assert table.by_class[FITS] == 1_075_000
    assert table.by_rep == {}


def test_classes_never_seen_move_with_the_team() -> None:
    cells = [evidence(ANN, 390, 790, of=NEUTRAL)]

    table = publish_skill(cells, LIFTS, version=1, level=Level.CLASS)

    assert table.by_class[NEUTRAL] == 493_750
    assert table.by_class[OTHER] == 450_000
    assert table.by_class[KA_ON_SMB + NEUTRAL] == 390_000


def test_a_rep_who_beats_expectations_has_a_lift_of_one_and_more() -> None:
    cells = [evidence(ANN, 60, 30), evidence(BOB, 15, 30)] * 4

    table = publish_skill(cells, LIFTS, version=2, level=Level.REP)

    assert table.by_rep[ANN] > PPM > table.by_rep[BOB]
    assert table.by_cell == {}


def test_a_lift_by_segment_shows_where_a_rep_is_strong() -> None:
    cells = [
        evidence(ANN, 80, 40, segment="KA"),
        evidence(ANN, 20, 40, segment="SMB"),
        evidence(BOB, 20, 40, segment="KA"),
        evidence(BOB, 40, 40, segment="SMB"),
    ]

    table = publish_skill(cells, LIFTS, version=3, level=Level.CELL)

    assert table.by_cell[ANN, "KA"] > PPM > table.by_cell[ANN, "SMB"]


def test_reps_who_differ_by_chance_alone_are_shrunk_the_most() -> None:
    assert prior_by_moments([(10, 10), (11, 10), (9, 10)]) == 200
    assert prior_by_moments([(3, 10)]) == 200
    assert prior_by_moments([(0, 0), (0, 0)]) == 200


def test_reps_who_differ_a_lot_are_shrunk_the_least() -> None:
    assert prior_by_moments([(1000, 200), (0, 200)]) == 4


def test_evidence_fades_by_half_in_the_half_life() -> None:
    assert fade(0, 180) == 1
    assert fade(180, 180) == 0.5
    assert fade(360, 180) == 0.25


@pytest.mark.parametrize("lift", [MIN_LIFT - 1, MAX_LIFT + 1])
def test_a_lift_out_of_bounds_is_no_table(lift: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        SkillTable(1, (PPM,) * 6, {ANN: lift})


def test_a_table_has_six_classes() -> None:
    with pytest.raises(ValueError, match="six classes"):
        SkillTable(1, (PPM,) * 5)


CELLS = st.lists(
    st.builds(
        Evidence,
        st.sampled_from([ANN, BOB, RepId("cat")]),
        st.sampled_from(["KA", "SMB"]),
        st.integers(0, 5),
        st.floats(0, 500),
        st.floats(0, 500),
    ),
    max_size=30,
)


@given(cells=CELLS)
def test_whatever_the_evidence_the_lifts_are_within_bounds(cells: list[Evidence]) -> None:
    table = publish_skill(cells, LIFTS, version=1, level=Level.CELL)

    lifts = [*table.by_class, *table.by_rep.values(), *table.by_cell.values()]
    assert all(MIN_LIFT <= lift <= MAX_LIFT for lift in lifts)
