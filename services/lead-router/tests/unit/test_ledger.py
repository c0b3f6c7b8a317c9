"""The fairness ledger: exact sums, whatever happens, and what each event does to a balance."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from lead_router.domain.errors import EntryNotReversible
from lead_router.domain.ids import EntryId, GroupId, LeadId, RepId
from lead_router.domain.routing.fairness_report import RepShare, group_fairness
from lead_router.domain.routing.ledger import (
    UNITS,
    EntryKind,
    GroupAccount,
    LedgerEntry,
    Posting,
    RepAccount,
    credit,
    fade_group,
    kept_overnight,
    remove,
    reverse,
    set_presence,
    set_weight,
)
from lead_router.domain.routing.ramp import ramp_ppm, ramped

from .builders import a_policy

TEAM = GroupId("team")


def account(rep: str = "ann", weight_pct: int = 100) -> RepAccount:
    return RepAccount(rep_id=RepId(rep), group_id=TEAM, weight_pct=weight_pct)


def a_present_pair(weights: tuple[int, int] = (100, 100)) -> tuple[GroupAccount, RepAccount, RepAccount]:
    group = GroupAccount(group_id=TEAM)
    group, ann = set_presence(group, account("ann", weights[0]), is_present=True)
    group, bob = set_presence(group, account("bob", weights[1]), is_present=True)
    return group, ann, bob


def given_a_lead(group: GroupAccount, rep: RepAccount, worth: int = 1000) -> Posting:
    return credit(group, rep, worth=worth, lead_id=LeadId("lead-1"), entry_id=EntryId("e-1"))


def test_a_lead_debits_its_rep_and_credits_all_present_by_weight() -> None:
    group, ann, bob = a_present_pair((100, 50))

    posting = given_a_lead(group, ann, worth=300)

    assert posting.rep.balance(posting.group) == -100 * UNITS
    assert bob.balance(posting.group) == 100 * UNITS
    assert posting.group.rest == 0
    assert posting.entry.sequence == posting.group.sequence


def test_who_is_away_earns_nothing_and_loses_nothing() -> None:
    group, ann, bob = a_present_pair()
    group = given_a_lead(group, ann).group

    group, bob = set_presence(group, bob, is_present=False)
    before = bob.balance(group)
    group = given_a_lead(group, ann, worth=99_999).group

    assert bob.balance(group) == before
    group, bob = set_presence(group, bob, is_present=True)
    assert bob.balance(group) == before


def test_coming_twice_counts_once() -> None:
    group, ann, _ = a_present_pair()

    assert set_presence(group, ann, is_present=True) == (group, ann)


def test_with_nobody_present_the_credit_waits_in_the_rest() -> None:
    group, ann = GroupAccount(group_id=TEAM), account()

    posting = given_a_lead(group, ann, worth=70)

    assert posting.group.rest == 70 * UNITS
    group, ann = set_presence(posting.group, posting.rep, is_present=True)
    after = given_a_lead(group, ann, worth=30)
    assert after.rep.balance(after.group) == 0
    assert after.group.rest == 0


def test_a_reversed_lead_costs_its_rep_nothing_and_leaves_the_others_what_they_earned() -> None:
    group, ann, bob = a_present_pair()
    posting = given_a_lead(group, ann)
    earned = bob.balance(posting.group)

    undone = reverse(posting.group, posting.rep, first=posting.entry, entry_id=EntryId("e-2"))

    assert undone.rep.balance(undone.group) == earned
    assert bob.balance(undone.group) == earned
    assert undone.entry.kind is EntryKind.REVERSAL
    assert undone.entry.reverses == "e-1"


def test_a_rerouted_lead_is_earned_by_once_and_paid_by_its_second_rep() -> None:
    group, ann, bob = a_present_pair()
    first = given_a_lead(group, ann)
    undone = reverse(first.group, first.rep, first=first.entry, entry_id=EntryId("e-2"))

    second = given_a_lead(undone.group, bob)

    assert undone.rep.balance(second.group) == 500 * UNITS
    assert second.rep.balance(second.group) == -500 * UNITS


def test_smaller_leads_after_a_reversal_take_nothing_back_from_those_who_earned() -> None:
    group, ann, bob = a_present_pair()
    posting = given_a_lead(group, ann)
    earned = bob.balance(posting.group)
    undone = reverse(posting.group, posting.rep, first=posting.entry, entry_id=EntryId("e-2"))

    group = given_a_lead(undone.group, undone.rep, worth=400).group
    assert bob.balance(group) == earned
    group = given_a_lead(group, undone.rep, worth=700).group

    assert bob.balance(group) == earned + 50 * UNITS


def test_a_reversal_is_not_reversed_and_entries_keep_to_their_rep() -> None:
    group, ann, bob = a_present_pair()
    posting = given_a_lead(group, ann)
    undone = reverse(posting.group, posting.rep, first=posting.entry, entry_id=EntryId("e-2"))

    with pytest.raises(EntryNotReversible):
        reverse(undone.group, undone.rep, first=undone.entry, entry_id=EntryId("e-3"))
    with pytest.raises(EntryNotReversible):
        reverse(posting.group, bob, first=posting.entry, entry_id=EntryId("e-3"))


def test_a_new_weight_counts_from_now_on() -> None:
    group, ann, bob = a_present_pair()
    group = given_a_lead(group, ann).group
    before = bob.balance(group)

    group, bob = set_weight(group, bob, 50)

    assert bob.balance(group) == before
    assert group.weight_present == 150


def test_a_leavers_balance_goes_to_those_present() -> None:
    group, ann, bob = a_present_pair()
    posting = given_a_lead(group, ann)

    group = remove(posting.group, posting.rep)

    assert bob.balance(group) == 0
    assert group.rest == 0
    assert group.weight_present == 100


def test_balances_halve_in_their_half_life() -> None:
    group, rep = (
        GroupAccount(group_id=TEAM, rest=-(10**9)),
        RepAccount(rep_id=RepId("ann"), group_id=TEAM, carried=10**9),
    )

    for _ in range(20):
        group, [rep] = fade_group(group, [rep], keep_ppm=kept_overnight(20))

    assert rep.carried == pytest.approx(5 * 10**8, rel=1e-4)
    assert rep.carried + group.rest == 0


def test_a_bounded_balance_leaves_the_excess_in_the_rest() -> None:
    group, rep = GroupAccount(group_id=TEAM, rest=1000), RepAccount(rep_id=RepId("ann"), group_id=TEAM, carried=-1000)

    group, [rep] = fade_group(group, [rep], keep_ppm=1_000_000, bound=400)

    assert (rep.carried, group.rest) == (-400, 400)


class AnyHistory(RuleBasedStateMachine):
    """Random arrivals, presence, weights, joiners, leavers, reversals and nights in one group."""

    reps = Bundle("reps")

    @initialize()
    def begin(self) -> None:
        self.group = GroupAccount(group_id=TEAM)
        self.accounts: dict[RepId, RepAccount] = {}
        self.entries: list[LedgerEntry] = []
        self.reversed: set[EntryId] = set()
        self.joined = 0

    @rule(target=reps, weight=st.integers(1, 200))
    def join(self, weight: int) -> RepId:
        self.joined += 1
        rep = RepId(f"rep-{self.joined}")
        self.accounts[rep] = RepAccount(rep_id=rep, group_id=TEAM, weight_pct=weight, units_in=self.group.units)
        return rep

    @rule(rep=reps, is_present=st.booleans())
    def come_or_go(self, rep: RepId, is_present: bool) -> None:
        if rep in self.accounts:
            self.group, self.accounts[rep] = set_presence(self.group, self.accounts[rep], is_present)

    @rule(rep=reps, weight=st.integers(1, 200))
    def ramp(self, rep: RepId, weight: int) -> None:
        if rep in self.accounts:
            self.group, self.accounts[rep] = set_weight(self.group, self.accounts[rep], weight)

    @rule(rep=reps, worth=st.integers(0, 3 * 10**11))
    def get_a_lead(self, rep: RepId, worth: int) -> None:
        if rep in self.accounts:
            entry_id = EntryId(f"e-{len(self.entries)}")
            self._post(credit(self.group, self.accounts[rep], worth=worth, lead_id=LeadId("lead-1"), entry_id=entry_id))

    @rule(pick=st.integers(0, 99))
    def lose_a_lead(self, pick: int) -> None:
        open_entries = [
            entry
            for entry in self.entries
            if entry.kind is EntryKind.CREDIT and entry.rep_id in self.accounts and entry.entry_id not in self.reversed
        ]
        if open_entries:
            first = open_entries[pick % len(open_entries)]
            self.reversed.add(first.entry_id)
            entry_id = EntryId(f"e-{len(self.entries)}")
            self._post(reverse(self.group, self.accounts[first.rep_id], first=first, entry_id=entry_id))

    @rule(rep=reps)
    def leave_for_good(self, rep: RepId) -> None:
        if rep in self.accounts:
            self.group = remove(self.group, self.accounts.pop(rep))

    @rule(keep=st.integers(0, 1_000_000), bound=st.none() | st.integers(0, 10**12))
    def night(self, keep: int, bound: int | None) -> None:
        before = {rep: abs(one.balance(self.group)) for rep, one in self.accounts.items()}
        self.group, faded = fade_group(self.group, list(self.accounts.values()), keep_ppm=keep, bound=bound)
        self.accounts = {one.rep_id: one for one in faded}
        assert all(abs(one.balance(self.group)) <= before[one.rep_id] for one in faded)

    @invariant()
    def balances_and_rest_sum_to_nothing(self) -> None:
        balances = sum(one.balance(self.group) for one in self.accounts.values())

        assert balances + self.group.rest == 0

    @invariant()
    def present_weight_is_that_of_the_present(self) -> None:
        present = sum(one.weight_pct for one in self.accounts.values() if one.is_present)

        assert present == self.group.weight_present

    def _post(self, posting: Posting) -> None:
        self.group, self.accounts[posting.rep.rep_id] = posting.group, posting.rep
        self.entries.append(posting.entry)


TestAnyHistory = AnyHistory.TestCase


@given(worths=st.lists(st.integers(1, 10**9), max_size=50))
def test_the_rest_stays_smaller_than_what_one_step_shares_out(worths: list[int]) -> None:
    group, ann, _ = a_present_pair((100, 70))

    for worth in worths:
        posting = given_a_lead(group, ann, worth=worth)
        group, ann = posting.group, posting.rep
        assert 0 <= group.rest < 170


def test_newcomers_ramp_from_half_to_whole_in_thirty_days() -> None:
    newcomers, joined = a_policy().newcomers, date(2026, 3, 1)

    shares = [ramp_ppm(joined, joined + timedelta(days=days), newcomers) for days in (0, 15, 30, 400)]

    assert shares == [500_000, 750_000, 1_000_000, 1_000_000]
    assert ramp_ppm(None, joined, newcomers) == 1_000_000
    assert ramp_ppm(joined, joined - timedelta(days=3), newcomers) == 500_000


def test_a_ramped_cap_is_at_least_one() -> None:
    assert ramped(1, 500_000) == 1
    assert ramped(10, 500_000) == 5
    assert ramped(0, 500_000) == 0


def test_an_even_distribution_is_even_by_both_indices() -> None:
    report = group_fairness([RepShare(RepId(rep), 100, 100, 160.0) for rep in "abcd"])

    assert report.jain == pytest.approx(1)
    assert report.gini == pytest.approx(0)


def test_all_to_one_is_as_uneven_as_can_be() -> None:
    shares = [RepShare(RepId(rep), 400 if rep == "a" else 0, 100, 160.0) for rep in "abcd"]

    report = group_fairness(shares)

    assert report.jain == pytest.approx(0.25)
    assert report.gini == pytest.approx(0.75)


def test_below_forty_hours_there_is_too_little_data() -> None:
    report = group_fairness([RepShare(RepId("a"), 900, 100, 39.9), RepShare(RepId("b"), 100, 100, 40.0)])

    assert report.worth_per_hour == {"a": None, "b": 2.5}
    assert report.jain is None
