"""Committing under guard: what holds once the rows are locked, and what is decided again."""

from hypothesis import given
from hypothesis import strategies as st

from lead_router.domain.events import MovedBecause
from lead_router.domain.ids import RepId
from lead_router.domain.routing.eligibility import Rule
from lead_router.domain.routing.guard import LockedRep, awards_of, chosen_reps, hold_to_room
from lead_router.domain.routing.outcome import Award
from lead_router.domain.routing.rerouting import is_worth_rerouting, rerouting_gain

from .builders import a_policy, a_rep, a_snapshot, decided, tags

ANN, BOB = RepId("ann"), RepId("bob")


def locked(rep: RepId, room: int, **changes: int | bool) -> LockedRep:
    row = LockedRep(rep, room_today=room, room_open=room, is_paused=False, is_on_leave=False, policy_seq=0)
    fields = {name: getattr(row, name) for name in row.__slots__}
    return LockedRep(**{**fields, **changes})


def test_each_rep_keeps_the_first_leads_that_fit() -> None:
    decisions = decided([a_snapshot(f"lead-{at}") for at in range(4)], [a_rep("ann")])

    guarded = hold_to_room(decisions, {ANN: locked(ANN, 3)})

    assert guarded.kept == decisions[:3]
    assert [lost.decision for lost in guarded.lost] == [decisions[3]]
    assert guarded.awards == (Award(ANN, 100_000),) * 3


def test_the_smaller_room_counts() -> None:
    decisions = decided([a_snapshot(f"lead-{at}") for at in range(3)], [a_rep("ann")])

    assert len(hold_to_room(decisions, {ANN: locked(ANN, 3, room_today=1)}).kept) == 1
    assert len(hold_to_room(decisions, {ANN: locked(ANN, 3, room_open=0)}).kept) == 0


def test_a_rep_gone_meanwhile_loses_all() -> None:
    decisions = decided(a_snapshot(), [a_rep("ann", policy_seq=7)])

    for row in (
        locked(ANN, 9, policy_seq=7, is_paused=True),
        locked(ANN, 9, policy_seq=7, is_on_leave=True),
        locked(ANN, 9, policy_seq=8),
    ):
        assert [lost.rule for lost in hold_to_room(decisions, {ANN: row}).lost] == [Rule.LOST_TO_RIVAL]
    assert hold_to_room(decisions, {ANN: locked(ANN, 9, policy_seq=7)}).lost == ()


def test_a_loser_is_decided_again_without_the_lost_rep_and_with_what_was_kept() -> None:
    rows = [a_rep("ann", median_response_minutes=0), a_rep("bob", median_response_minutes=300, open_cap=1)]
    decisions = decided([a_snapshot("lead-1"), a_snapshot("lead-2")], rows)
    assert [decision.rep_id for decision in decisions] == ["ann", "ann"]

    guarded = hold_to_room(decisions, {ANN: locked(ANN, 1)})
    again = decided([lost.again() for lost in guarded.lost], rows, earlier=guarded.awards, held=[ANN, BOB])

    assert [decision.rep_id for decision in again] == ["bob"]
    assert again[0].excluded_by(ANN) == ("LOST_TO_RIVAL",)
    assert hold_to_room(again, {BOB: locked(BOB, 1)}, already=guarded.awards).kept == again


def test_a_row_that_could_not_be_locked_is_no_lost_race() -> None:
    decisions = decided(a_snapshot(), [a_rep("ann")])

    [lost] = hold_to_room(decisions, {}).lost

    assert lost.rule is Rule.NOT_HELD
    assert lost.again().lost_to_rival == ()


def test_earlier_passes_of_the_transaction_use_the_same_room() -> None:
    decisions = decided(a_snapshot(), [a_rep("ann")])

    assert hold_to_room(decisions, {ANN: locked(ANN, 1)}, already=[Award(ANN, 5)]).kept == ()


def test_leads_that_wait_need_no_row() -> None:
    decisions = decided(a_snapshot(), [a_rep("ann", is_paused=True)])

    assert hold_to_room(decisions, {}).kept == decisions
    assert chosen_reps(decisions) == ()
    assert awards_of(decisions) == ()


def test_rows_are_locked_in_the_order_of_their_ids() -> None:
    rows = [a_rep("bob", open_cap=1, median_response_minutes=0), a_rep("ann")]

    assert chosen_reps(decided([a_snapshot("lead-1"), a_snapshot("lead-2")], rows)) == ("ann", "bob")


@given(
    rooms=st.lists(st.integers(0, 4), min_size=1, max_size=4),
    seen=st.lists(st.integers(0, 4), min_size=4, max_size=4),
    leads=st.integers(1, 12),
)
def test_no_rep_is_given_more_than_the_locked_room(rooms: list[int], seen: list[int], leads: int) -> None:
    rows = [a_rep(f"rep-{at}", open_cap=seen[at], median_response_minutes=at) for at in range(len(rooms))]
    rows_locked = {row.rep_id: locked(row.rep_id, room) for row, room in zip(rows, rooms, strict=True)}
    decisions = decided([a_snapshot(f"lead-{at:02}") for at in range(leads)], rows)

    first = hold_to_room(decisions, rows_locked)
    again = decided([lost.again() for lost in first.lost], rows, earlier=first.awards, held=rows_locked)
    second = hold_to_room(again, rows_locked, already=first.awards)

    awards = [*first.awards, *second.awards]
    for row in rows:
        assert sum(award.rep_id == row.rep_id for award in awards) <= rows_locked[row.rep_id].room_open
    assert len(first.kept) + len(second.kept) + len(second.lost) == leads


def test_a_lead_moves_only_for_more_than_the_cost_of_switching() -> None:
    lead = a_snapshot(tags={"industry": ("clinic",)})
    better = a_rep("ann", tags=tags(industry="clinic"))
    holder = a_rep("bob", tags=tags(industry="hospital"), open_leads=10)

    [decision] = decided(lead, [better, holder])
    [costly] = decided(lead, [better, holder], a_policy(rerouting={"switch_cost": 0.3}))

    assert rerouting_gain(decision, BOB) == decision.terms(ANN).total - decision.terms(BOB).total
    assert is_worth_rerouting(decision, BOB)
    assert not is_worth_rerouting(costly, BOB)


def test_a_lead_stays_with_a_holder_who_is_still_the_best() -> None:
    [decision] = decided(a_snapshot(), [a_rep("ann")])

    assert rerouting_gain(decision, ANN) is None
    assert not is_worth_rerouting(decision, ANN)


def test_precedence_of_an_owner_reroutes_nothing() -> None:
    [decision] = decided(a_snapshot(account_owner=ANN), [a_rep("ann"), a_rep("bob", median_response_minutes=500)])

    assert decision.outcome.because is MovedBecause.STICKY_OWNER
    assert rerouting_gain(decision, BOB) is None
