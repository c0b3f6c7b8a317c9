"""The five promises of the fairness ledger, with decisions and ledger together (section 4 of the method)."""

from dataclasses import replace
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from lead_router.domain.ids import EntryId, GroupId, LeadId, RepId
from lead_router.domain.routing.decision import Decision
from lead_router.domain.routing.fixed_point import PPM
from lead_router.domain.routing.ledger import (
    UNITS,
    GroupAccount,
    RepAccount,
    credit,
    fade_group,
    kept_overnight,
    remove,
    set_presence,
)
from lead_router.domain.routing.outcome import Assigned
from lead_router.domain.routing.rep_row import RepRow

from .builders import NOW, a_policy, a_rep, a_snapshot, a_table, decided, groups_of, some_tables

TEAM = GroupId("team")
LIMIT = 300_000
WORTHS = st.integers(1, 10**7)


class Office:
    """A team whose leads are decided batch by batch and written to the ledger as the application does."""

    def __init__(self, minutes: list[int], *, shared_leads: int = 30) -> None:
        self.policy = a_policy(fairness={"fair_leads": shared_leads})
        self.tables = some_tables(self.policy)
        self.group = GroupAccount(group_id=TEAM)
        self.rows: dict[RepId, RepRow] = {}
        self.accounts: dict[RepId, RepAccount] = {}
        self.numbers = count(1)
        for response in minutes:
            self.join(response)

    def join(self, response_minutes: int, weight_pct: int = 100) -> RepId:
        rep = RepId(f"rep-{next(self.numbers):04}")
        self.rows[rep] = a_rep(rep, daily_cap=10**6, open_cap=10**6, median_response_minutes=response_minutes)
        account = RepAccount(rep_id=rep, group_id=TEAM, weight_pct=weight_pct, units_in=self.group.units)
        self.group, self.accounts[rep] = set_presence(self.group, account, is_present=True)
        return rep

    def leave(self, rep: RepId) -> None:
        """For good."""
        self.group = remove(self.group, self.accounts.pop(rep))
        del self.rows[rep]

    def set_presence(self, rep: RepId, is_present: bool) -> None:
        self.group, self.accounts[rep] = set_presence(self.group, self.accounts[rep], is_present)
        shifts = a_rep(rep).shifts if is_present else ()
        self.rows[rep] = replace(self.rows[rep], shifts=shifts)

    def night(self) -> None:
        keep = kept_overnight(self.policy.fairness.balance_half_life_days)
        self.group, faded = fade_group(self.group, list(self.accounts.values()), keep_ppm=keep)
        self.accounts = {account.rep_id: account for account in faded}

    def take_in(self, worths: list[int], *, rivals: int = 0) -> tuple[Decision, ...]:
        """Decides a batch; `rivals` leads of other commits are written between its decision and its own commit."""
        table = a_table(*(self._row(rep) for rep in self.rows))
        leads = [a_snapshot(f"lead-{next(self.numbers):06}", amount=worth, win_probability_ppm=PPM) for worth in worths]
        decisions = decided(leads, table, self.policy, tables=self.tables, groups={TEAM: self.group})
        for rep in [*self.rows][:rivals]:
            self._post(rep, 5000)
        for decision in decisions:
            if isinstance(decision.outcome, Assigned):
                self._post(decision.outcome.rep_id, decision.outcome.credited_worth)
                row = self.rows[decision.outcome.rep_id]
                self.rows[row.rep_id] = replace(row, last_lead_at=NOW)
        return decisions

    def balance(self, rep: RepId) -> int:
        return self.accounts[rep].balance(self.group)

    def is_balanced(self) -> bool:
        return sum(self.balance(rep) for rep in self.accounts) + self.group.rest == 0

    def _row(self, rep: RepId) -> RepRow:
        account = self.accounts[rep]
        return replace(
            self.rows[rep],
            carried=account.carried,
            units_in=account.units_in,
            weight_pct=account.weight_pct,
            is_present=account.is_present,
        )

    def _post(self, rep: RepId, worth: int) -> None:
        entry = EntryId(str(next(self.numbers)))
        posting = credit(self.group, self.accounts[rep], worth=worth, lead_id=LeadId("lead"), entry_id=entry)
        self.group, self.accounts[rep] = posting.group, posting.rep


EVENTS = st.lists(
    st.tuples(st.sampled_from(["leads", "race", "away", "back", "join", "leave", "night"]), st.integers(0, 99)),
    max_size=25,
)


@given(minutes=st.lists(st.integers(0, 300), min_size=2, max_size=5), events=EVENTS, worth=WORTHS)
def test_balances_and_rest_sum_to_nothing_whatever_happens(
    minutes: list[int], events: list[tuple[str, int]], worth: int
) -> None:
    office = Office(minutes)

    for event, pick in events:
        names = sorted(office.accounts)
        rep = names[pick % len(names)] if names else RepId("nobody")
        match event:
            case "leads":
                office.take_in([worth + pick] * (pick % 5 + 1))
            case "race":
                office.take_in([worth] * 3, rivals=pick % 3)
            case "away" | "back" if names:
                office.set_presence(rep, event == "back")
            case "join":
                office.join(pick, weight_pct=pick + 1)
            case "leave" if names:
                office.leave(rep)
            case _:
                office.night()
        assert office.is_balanced()


@given(reps=st.integers(2, 12), batches=st.lists(st.lists(WORTHS, min_size=1, max_size=20), max_size=6))
@settings(max_examples=40)
def test_of_equal_reps_none_is_ahead_by_more_than_one_lead(reps: int, batches: list[list[int]]) -> None:
    office = Office([30] * reps)
    largest = max((worth for batch in batches for worth in batch), default=0)

    for batch in batches:
        for decision in office.take_in(batch):
            assert all(balance >= -_allowed(largest, reps) for balance in decision.balances.tolist())

    balances = [office.balance(rep) for rep in office.accounts]
    assert min(balances) >= -_allowed(largest, reps)
    assert max(balances) <= largest * UNITS


def _allowed(largest: int, reps: int) -> int:
    """c_max·(n−1)/n, and one rep's part of the rest that does not divide."""
    return largest * UNITS * (reps - 1) // reps + 100


@given(
    before=st.lists(WORTHS, min_size=1, max_size=20),
    during=st.lists(st.lists(WORTHS, max_size=10), max_size=8),
    minutes=st.lists(st.integers(0, 200), min_size=3, max_size=3),
)
def test_absence_of_any_length_brings_no_flood_on_return(
    before: list[int], during: list[list[int]], minutes: list[int]
) -> None:
    office = Office(minutes)
    away = next(iter(office.accounts))
    office.take_in(before)
    office.set_presence(away, is_present=False)
    left_with = abs(office.balance(away))

    for worths in during:
        office.take_in(worths)
        office.night()
    office.set_presence(away, is_present=True)

    assert abs(office.balance(away)) <= left_with
    [decision] = office.take_in([1_000_000])
    assert abs(decision.terms(away).fairness) <= 1_000_000 * LIMIT // PPM


@given(
    figures=st.lists(st.tuples(st.integers(0, 400), st.integers(-(10**10), 10**10)), min_size=2, max_size=8),
    worth=WORTHS,
)
def test_nobody_far_behind_wins_by_fairness(figures: list[tuple[int, int]], worth: int) -> None:
    rows = [
        a_rep(f"rep-{at}", median_response_minutes=minutes, carried=carried)
        for at, (minutes, carried) in enumerate(figures)
    ]

    [decision] = decided(a_snapshot(amount=worth, win_probability_ppm=PPM), rows)

    assert decision.rep_id is not None
    without_tax = {row.rep_id: _without_tax(decision, row.rep_id) for row in rows}
    assert max(without_tax.values()) - without_tax[decision.rep_id] <= 2 * LIMIT * worth // PPM + 1


@given(
    figures=st.lists(st.tuples(st.integers(0, 400), st.integers(-(10**10), 10**10)), min_size=2, max_size=8),
    worths=st.lists(WORTHS, min_size=1, max_size=6),
)
def test_nobody_as_good_and_owed_more_is_passed_over(figures: list[tuple[int, int]], worths: list[int]) -> None:
    rows = [
        a_rep(f"rep-{at}", median_response_minutes=minutes, carried=carried)
        for at, (minutes, carried) in enumerate(figures)
    ]
    leads = [a_snapshot(f"lead-{at}", amount=worth, win_probability_ppm=PPM) for at, worth in enumerate(worths)]

    for decision in decided(leads, rows):
        assert decision.rep_id is not None
        chosen = decision.inputs([decision.rep_id])[decision.rep_id]
        for rep, seen in decision.inputs(row.rep_id for row in rows).items():
            is_no_worse = _without_tax(decision, rep) >= _without_tax(decision, decision.rep_id)
            assert not (is_no_worse and seen.balance > chosen.balance)


@given(
    team=st.lists(st.tuples(st.booleans(), st.integers(1, 200), st.booleans(), st.integers(0, 300)), max_size=6),
    worths=st.lists(st.integers(0, 10**9), min_size=1, max_size=8),
    room=st.integers(1, 3),
)
def test_in_memory_the_ledger_moves_as_it_will_when_it_is_written(
    team: list[tuple[bool, int, bool, int]], worths: list[int], room: int
) -> None:
    rows = [
        a_rep(
            f"rep-{at}",
            group_id=GroupId("north" if is_north else "south"),
            weight_pct=weight,
            is_present=is_present,
            median_response_minutes=minutes,
            open_cap=room,
        )
        for at, (is_north, weight, is_present, minutes) in enumerate(team)
    ]
    accounts = {
        row.rep_id: RepAccount(
            rep_id=row.rep_id, group_id=row.group_id, weight_pct=row.weight_pct, is_present=row.is_present
        )
        for row in rows
    }
    groups = groups_of(a_table(*rows))
    leads = [a_snapshot(f"lead-{at}", amount=worth, win_probability_ppm=PPM) for at, worth in enumerate(worths)]

    for decision in decided(leads, rows, groups=groups_of(a_table(*rows))):
        written = {rep: account.balance(groups[account.group_id]) for rep, account in accounts.items()}
        assert {rep: seen.balance for rep, seen in decision.inputs(accounts).items()} == written
        assert dict(zip(_candidates(decision), decision.balances.tolist(), strict=True)) == written
        if isinstance(decision.outcome, Assigned):
            account = accounts[decision.outcome.rep_id]
            posting = credit(
                groups[account.group_id],
                account,
                worth=decision.outcome.credited_worth,
                lead_id=LeadId("lead"),
                entry_id=EntryId("entry"),
            )
            groups[account.group_id], accounts[account.rep_id] = posting.group, posting.rep


def _candidates(decision: Decision) -> list[RepId]:
    return [decision.batch.reps.roster.ids[place] for place in decision.batch.candidates.tolist()]


def _without_tax(decision: Decision, rep: RepId) -> int:
    terms = decision.terms(rep)
    return terms.total - terms.fairness
