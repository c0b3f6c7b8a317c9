"""The order of business: what comes first, who comes before the ranking, and what breaks a tie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_router.domain.events import MovedBecause
from lead_router.domain.ids import GroupId, PoolId, RepId
from lead_router.domain.lead_state import WaitingReason
from lead_router.domain.routing.ledger import UNITS, GroupAccount
from lead_router.domain.routing.outcome import Assigned, Award, Pooled, Waits
from lead_router.domain.routing.rep_row import RepRow

from .builders import HOUR, NOW, TEAM, a_policy, a_rep, a_snapshot, a_table, decided, tags

ANN, BOB = RepId("ann"), RepId("bob")


def test_no_leads_are_decided_in_no_time() -> None:
    assert decided([], [a_rep("ann")]) == ()


def test_the_highest_total_gets_the_lead() -> None:
    rows = [a_rep("ann", median_response_minutes=120), a_rep("bob", median_response_minutes=10)]

    [decision] = decided(a_snapshot(), rows)

    assert decision.outcome == Assigned(BOB, MovedBecause.BEST_TOTAL, 100_000, is_offer=False)


def test_a_better_match_outweighs_a_slower_answer() -> None:
    rows = [
        a_rep("ann", median_response_minutes=240, tags=tags(industry="clinic")),
        a_rep("bob", median_response_minutes=0, tags=tags(industry="hospital")),
    ]

    [decision] = decided(a_snapshot(tags={"industry": ("clinic",)}), rows)

    assert decision.rep_id == "ann"


def test_urgent_leads_are_decided_first_and_get_the_last_slot() -> None:
    leads = [a_snapshot("large", amount=10**9), a_snapshot("urgent", amount=10, compares_competitors=True)]

    urgent, large = decided(leads, [a_rep("ann", open_cap=1)])

    assert (urgent.priced.lead.lead_id, urgent.rep_id, urgent.position) == ("urgent", "ann", 0)
    assert large.outcome == Waits(WaitingReason.FULL, "ALL_FULL")


def test_capacity_counts_down_within_a_batch() -> None:
    rows = [a_rep("ann", open_cap=2, median_response_minutes=0), a_rep("bob", daily_cap=3, median_response_minutes=90)]

    decisions = decided([a_snapshot(f"lead-{at}") for at in range(7)], rows)

    got = [decision.rep_id for decision in decisions]
    assert (got.count(ANN), got.count(BOB), got.count(None)) == (2, 3, 2)


def test_leads_given_earlier_in_the_same_transaction_count() -> None:
    rows = [a_rep("ann", open_cap=1, median_response_minutes=0), a_rep("bob")]

    [decision] = decided(a_snapshot(), rows, earlier=[Award(ANN, 100)])

    assert decision.rep_id == "bob"
    assert decision.excluded_by(ANN) == ("OPEN_CAP",)
    assert decision.inputs([ANN])[ANN].balance == -50 * UNITS


def test_only_reps_whose_rows_are_held_are_candidates() -> None:
    rows = [a_rep("ann", median_response_minutes=0), a_rep("bob", median_response_minutes=90)]

    [decision] = decided(a_snapshot(), rows, held=[BOB])

    assert decision.rep_id == "bob"
    assert decision.excluded_by(ANN) == ("NOT_HELD",)


def test_an_eligible_account_owner_comes_before_the_ranking_for_half_the_credit() -> None:
    rows = [a_rep("ann", median_response_minutes=500), a_rep("bob", median_response_minutes=0)]

    [decision] = decided(a_snapshot(account_owner=ANN), rows)

    assert decision.outcome == Assigned(ANN, MovedBecause.STICKY_OWNER, 50_000, is_offer=False)
    ranking = [decision.batch.reps.roster.ids[place] for place in decision.batch.candidates[decision.ranked()]]
    assert ranking == ["bob", "ann"]


@pytest.mark.parametrize("away", [{"is_paused": True}, {"open_leads": 10}, {"shifts": ()}])
def test_an_account_owner_who_is_not_eligible_has_no_precedence(away: dict[str, object]) -> None:
    [decision] = decided(a_snapshot(account_owner=ANN), [a_rep("ann", **away), a_rep("bob")])

    assert decision.rep_id == "bob"


def test_an_unknown_account_owner_is_no_obstacle() -> None:
    [decision] = decided(a_snapshot(account_owner=RepId("gone")), [a_rep("ann")])

    assert decision.rep_id == "ann"


def test_the_best_of_a_regions_owners_comes_before_the_ranking() -> None:
    rows = [
        a_rep("ann", median_response_minutes=300, tags=tags(territory="浙江")),
        a_rep("bob", median_response_minutes=200, tags=tags(territory="浙江")),
        a_rep("cat", median_response_minutes=0),
    ]

    [decision] = decided(a_snapshot(tags={"region": ("浙江",)}), rows)

    assert isinstance(decision.outcome, Assigned)
    assert (decision.outcome.rep_id, decision.outcome.because) == ("bob", MovedBecause.TERRITORY_OWNER)


def test_an_account_owner_comes_before_a_regions_owner_unless_the_policy_turns_it_round() -> None:
    rows = [a_rep("ann"), a_rep("bob", tags=tags(territory="浙江"))]
    lead = a_snapshot(account_owner=ANN, tags={"region": ("浙江",)})
    turned = a_policy(eligibility={"owner_precedence": ["territory_owner", "account_owner"]})
    neither = a_policy(eligibility={"owner_precedence": [], "territory": "off"})

    assert decided(lead, rows)[0].rep_id == "ann"
    assert decided(lead, rows, turned)[0].rep_id == "bob"
    assert decided(lead, [*rows, a_rep("cat", median_response_minutes=0)], neither)[0].rep_id == "cat"


def test_of_equal_totals_the_one_who_is_owed_more_wins() -> None:
    [decision] = decided(a_snapshot(), [a_rep("ann", carried=1), a_rep("bob", carried=2)])

    assert int(decision.totals[0]) == int(decision.totals[1])
    assert decision.rep_id == "bob"


def test_the_ranking_breaks_ties_as_the_decision_does() -> None:
    rows = [
        a_rep("ann", carried=1),
        a_rep("bob", carried=3),
        a_rep("cat", carried=2, last_lead_at=NOW - HOUR),
        a_rep("dan", carried=2),
        a_rep("eve", median_response_minutes=0),
    ]

    [decision] = decided(a_snapshot(), rows)

    ranking = [decision.batch.reps.roster.ids[place] for place in decision.batch.candidates[decision.ranked()]]
    assert ranking == ["eve", "bob", "dan", "cat", "ann"]


def test_of_equal_balances_the_one_longest_without_a_lead_wins() -> None:
    rows = [a_rep("ann", last_lead_at=NOW - HOUR), a_rep("bob", last_lead_at=NOW - 2 * HOUR)]

    assert decided(a_snapshot(), rows)[0].rep_id == "bob"
    assert decided(a_snapshot(), [*rows, a_rep("cat")])[0].rep_id == "cat"


def test_of_reps_alike_in_everything_the_smallest_id_wins() -> None:
    assert decided(a_snapshot(), [a_rep("bob"), a_rep("ann"), a_rep("cat")])[0].rep_id == "ann"


def test_a_rep_who_just_got_a_lead_in_the_batch_is_the_last_to_get_the_next() -> None:
    rows = [a_rep(rep, is_present=False) for rep in ("ann", "bob", "cat")]
    policy = a_policy(fairness={"sticky_credit": 0})
    leads = [a_snapshot("lead-1", account_owner=ANN), a_snapshot("lead-2", amount=999_000)]

    first, second = decided(leads, rows, policy)

    assert (first.rep_id, second.rep_id) == ("ann", "bob")


def test_fairness_moves_the_next_lead_to_who_is_owed() -> None:
    rows = [a_rep("ann", median_response_minutes=29), a_rep("bob", median_response_minutes=30)]

    decisions = decided([a_snapshot(f"lead-{at}") for at in range(6)], rows)

    got = [decision.rep_id for decision in decisions]
    assert got[0] == "ann"
    assert got.count(ANN) == got.count(BOB) == 3


def test_each_team_has_its_own_account() -> None:
    north, south = GroupId("north"), GroupId("south")
    rows = [
        a_rep("ann", group_id=north),
        a_rep("bob", group_id=north, median_response_minutes=31),
        a_rep("cat", group_id=south, median_response_minutes=500),
    ]

    decisions = decided([a_snapshot(f"lead-{at}") for at in range(3)], rows)

    last = decisions[-1]
    assert int(last.balances[2]) == 0
    assert sum(int(balance) for balance in last.balances[:2]) == 0


def test_a_team_without_an_account_starts_from_nothing() -> None:
    [decision] = decided(a_snapshot(), [a_rep("ann")], groups={})

    assert decision.rep_id == "ann"


def test_an_offer_is_made_where_the_policy_wants_offers_but_not_to_an_owner() -> None:
    policy = a_policy(offers={"mode": "offer"})

    [offered] = decided(a_snapshot(), [a_rep("ann")], policy)
    [owned] = decided(a_snapshot(account_owner=ANN), [a_rep("ann")], policy)

    assert isinstance(offered.outcome, Assigned)
    assert offered.outcome.is_offer
    assert isinstance(owned.outcome, Assigned)
    assert not owned.outcome.is_offer


def test_after_three_declined_offers_a_supervisor_has_the_lead() -> None:
    declined = tuple(RepId(rep) for rep in ("x", "y", "z"))

    [decision] = decided(a_snapshot(declined_by=declined), [a_rep("ann")])

    assert decision.outcome == Waits(WaitingReason.SUPERVISOR, "OFFERS_EXHAUSTED")


def test_a_lead_goes_to_the_pool_only_where_the_policy_says_so() -> None:
    policy = a_policy(fallbacks={"pool_when": ["supervisor"], "pool_id": "public"})

    assert decided(a_snapshot(), [a_rep("ann", is_paused=True)])[0].outcome == Waits(
        WaitingReason.SUPERVISOR, "NOBODY_ELIGIBLE"
    )
    assert decided(a_snapshot(), [a_rep("ann", is_paused=True)], policy)[0].outcome == Pooled(
        PoolId("public"), "NOBODY_ELIGIBLE"
    )
    full = decided(a_snapshot(), [a_rep("ann", open_leads=10)], policy)[0].outcome
    assert isinstance(full, Waits)


def test_the_table_is_not_touched_by_deciding() -> None:
    table = a_table(a_rep("ann"), a_rep("bob"))
    before = table.inputs_digest()
    group = GroupAccount(group_id=TEAM, weight_present=200)

    decided([a_snapshot(f"lead-{at}") for at in range(9)], table, groups={TEAM: group})

    assert a_table(a_rep("ann"), a_rep("bob")).inputs_digest() == before


def rows_of(figures: list[tuple[int, int, int, bool]]) -> list[RepRow]:
    return [
        a_rep(f"rep-{at}", median_response_minutes=minutes, open_cap=cap, carried=carried * UNITS, is_present=present)
        for at, (minutes, cap, carried, present) in enumerate(figures)
    ]


@given(
    figures=st.lists(
        st.tuples(st.integers(0, 300), st.integers(0, 3), st.integers(-(10**6), 10**6), st.booleans()), max_size=8
    ),
    worths=st.lists(st.integers(0, 10**7), min_size=1, max_size=12),
)
def test_nobody_gets_more_than_fits_and_no_lead_is_lost(
    figures: list[tuple[int, int, int, bool]], worths: list[int]
) -> None:
    rows = rows_of(figures)
    leads = [a_snapshot(f"lead-{at}", amount=worth) for at, worth in enumerate(worths)]

    decisions = decided(leads, rows)

    assert sorted(d.priced.lead.lead_id for d in decisions) == sorted(lead.lead_id for lead in leads)
    got = [decision.rep_id for decision in decisions]
    for row in rows:
        assert got.count(row.rep_id) <= row.open_cap
    room = sum(row.open_cap for row in rows)
    assert got.count(None) == max(0, len(leads) - room)


@given(
    figures=st.lists(
        st.tuples(st.integers(0, 300), st.integers(0, 3), st.integers(-(10**6), 10**6), st.booleans()),
        min_size=1,
        max_size=8,
    ),
    worths=st.lists(st.integers(0, 10**7), min_size=1, max_size=8),
)
def test_the_one_who_gets_a_lead_leads_the_ranking(
    figures: list[tuple[int, int, int, bool]], worths: list[int]
) -> None:
    decisions = decided([a_snapshot(f"lead-{at}", amount=worth) for at, worth in enumerate(worths)], rows_of(figures))

    for decision in decisions:
        ranked = decision.batch.candidates[decision.ranked()].tolist()
        best = decision.batch.reps.roster.ids[ranked[0]] if ranked else None
        assert decision.rep_id == best
