"""The decision: which rep gets which lead of a batch. Pure, exact, and the same on every machine.

The order of business: urgent leads first, then by value; eligibility; owners before the ranking; the highest total;
ties by what is owed, by who waited longest, by id. Leads are walked one after the other, and each that is given away
counts against the rep's room and in the ledger before the next is looked at. Whether the reps' rows still allow it is
for `guard.py` to say at commit.

Source: online matching under budgets with shadow prices (Mehta, Saberi, Vazirani, Vazirani, JACM 2007; Devanur, Sivan,
Azar) and a deficit ledger for fairness (Shreedhar, Varghese, SIGCOMM 1995).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from lead_router.domain.events import MovedBecause
from lead_router.domain.ids import GroupId, PoolId, RepId
from lead_router.domain.lead_state import WaitingReason
from lead_router.domain.routing.availability import Moment, availability
from lead_router.domain.routing.decision import Batch, Decision, given_to
from lead_router.domain.routing.eligibility import rules_of, territory_owners
from lead_router.domain.routing.fairness_columns import FairnessColumns
from lead_router.domain.routing.fixed_point import OUT, OUT_BELOW, PPM, BoolArray, IndexArray, Int64Array, share_of
from lead_router.domain.routing.lead_order import PricedLead, in_order
from lead_router.domain.routing.lead_snapshot import LeadSnapshot
from lead_router.domain.routing.ledger import GroupAccount
from lead_router.domain.routing.outcome import OFFERS_EXHAUSTED, Assigned, Award, Outcome, Pooled, Waits
from lead_router.domain.routing.policy import Policy
from lead_router.domain.routing.profile_match import matcher
from lead_router.domain.routing.rep_table import Column, RepTable
from lead_router.domain.routing.score import Slots, sweep
from lead_router.domain.routing.tables import RoutingTables
from lead_router.domain.routing.waiting import LaterSlots, better_later, later_slots, nobody_now


def decide(
    leads: Iterable[LeadSnapshot],
    *,
    reps: RepTable,
    policy: Policy,
    tables: RoutingTables,
    groups: Mapping[GroupId, GroupAccount],
    moment: Moment,
    earlier: Sequence[Award] = (),
    first_position: int = 0,
    held: Collection[RepId] | None = None,
) -> tuple[Decision, ...]:
    """Decides a batch of one tenant's leads, at most 64 for the latency promised.

    Args:
        groups: accounts of the fairness groups; one that is missing starts from nothing.
        earlier: leads of the same transaction that are settled already, for a second pass after lost races.
        first_position: position of the first lead of this pass.
        held: the only reps whose rows may be written to now; None for all.
    Returns:
        One decision per lead, in the order they were made.
    """
    ordered = in_order(leads, policy, tables, moment.now_s)
    free, rules = availability(reps, moment), rules_of(policy)
    rep_bits = rules.rep_bits(reps, free, given_to(reps, earlier), held)
    batch = Batch(
        reps=reps,
        policy=policy,
        tables=tables,
        groups=groups,
        moment=moment,
        rules=rules,
        free=free,
        rep_bits=rep_bits,
        candidates=np.flatnonzero(rep_bits == 0),
        held=None if held is None else frozenset(held),
        first_position=first_position,
        awards=list(earlier),
    )
    return tuple(_Walk(batch, ordered).run()) if ordered else ()


class _Walk:
    """One pass over the leads of a batch. Its arrays are as wide as the candidates, not as the roster."""

    def __init__(self, batch: Batch, ordered: Sequence[PricedLead]) -> None:
        self._batch, self._ordered = batch, ordered
        reps, candidates, free = batch.reps, batch.candidates, batch.free
        given = given_to(reps, batch.awards)
        self._rooms = (np.minimum(free.room_today, free.room_open) - given)[candidates]
        self._last_leads = reps[Column.LAST_LEAD_AT][candidates]
        self._last_leads[given[candidates] > 0] = batch.moment.now_s
        limit = batch.policy.fairness.fair_limit
        self._fairness = FairnessColumns(reps, batch.groups, candidates, unit=batch.credit_unit, limit_ppm=limit)
        for award in batch.awards:
            place = reps.roster.position[award.rep_id]
            self._fairness.give(place, self._candidate(place), award.credited_worth)
        self._novices = batch.novices[candidates]
        self._has_novices = bool(self._novices.any())
        profiles = matcher(batch.policy.match, reps.profiles)
        self._classes = [profiles.classes(priced.lead) for priced in ordered]
        self._values = self._sweep(Slots(candidates, free.response_minutes[candidates], self._prices_today()))
        self._totals = np.empty_like(self._values)
        self._later = self._later_slots()
        self._later_values = None if self._later is None else self._sweep(self._later.slots)

    def run(self) -> list[Decision]:
        decisions = []
        for row, priced in enumerate(self._ordered):
            balances = self._fairness.balances
            lead_bits = self._batch.rules.lead_bits(priced.lead, self._batch.reps)
            awards_before = len(self._batch.awards)
            outcome = self._outcome(row, priced, lead_bits)
            decisions.append(
                Decision(
                    priced=priced,
                    outcome=outcome,
                    position=self._batch.first_position + row,
                    batch=self._batch,
                    awards_before=awards_before,
                    totals=self._totals[row],
                    balances=balances,
                    lead_bits=lead_bits,
                )
            )
        return decisions

    def _outcome(self, row: int, priced: PricedLead, lead_bits: Int64Array | None) -> Outcome:
        worth, totals = priced.worth.value, self._totals[row]
        if lead_bits is not None:
            self._values[row][lead_bits[self._batch.candidates] != 0] = OUT
        np.multiply(self._fairness.credits, worth, out=totals)
        np.floor_divide(totals, PPM, out=totals)
        totals += self._values[row]
        before_guard = totals
        if self._has_novices and worth >= self._batch.tables.worth.high_value_from:
            before_guard = totals.copy()
            self._guard(totals)
        policy = self._batch.policy
        if policy.offers.is_over(len(priced.lead.declined_by)):
            return self._fallback(Waits(WaitingReason.SUPERVISOR, OFFERS_EXHAUSTED))
        owner = self._owner(priced.lead, before_guard, totals)
        if owner is not None:
            chosen, because = owner
            credited = share_of(worth, policy.fairness.sticky_credit)
            return self._give(row, chosen, because, credited)
        best = self._best(totals)
        if best is None:
            return self._nobody(lead_bits)
        if waits := self._waits_for_better(row, priced, lead_bits, totals):
            return waits
        return self._give(row, best, MovedBecause.BEST_TOTAL, worth)

    def _guard(self, totals: Int64Array) -> None:
        """High-value leads do not go to novices while anybody else is free (LR-01)."""
        if ((totals > OUT_BELOW) & ~self._novices).any():
            totals[self._novices] = OUT

    def _owner(
        self, lead: LeadSnapshot, before_guard: Int64Array, totals: Int64Array
    ) -> tuple[int, MovedBecause] | None:
        """Who comes before the ranking, if eligible. The guard spares an account's owner: the customer is theirs."""
        eligibility = self._batch.policy.eligibility
        for kind in eligibility.owner_precedence:
            if kind == "account_owner" and lead.account_owner is not None:
                place = self._batch.reps.roster.position.get(lead.account_owner)
                owner = None if place is None else self._candidate(place)
                if owner is not None and before_guard[owner] > OUT_BELOW:
                    totals[owner] = before_guard[owner]
                    return owner, MovedBecause.STICKY_OWNER
            elif kind == "territory_owner" and eligibility.territory != "off":
                owners = territory_owners(lead, self._batch.reps)
                best = None if owners is None else self._best_of(totals, owners[self._batch.candidates])
                if best is not None:
                    return best, MovedBecause.TERRITORY_OWNER
        return None

    def _best_of(self, totals: Int64Array, among: BoolArray) -> int | None:
        return self._best(np.where(among, totals, OUT))

    def _best(self, totals: Int64Array) -> int | None:
        """The highest total; ties by larger balance, longest without a lead, smallest id."""
        if not totals.size:
            return None
        best = int(totals.argmax())
        top = totals[best]
        if top <= OUT_BELOW:
            return None
        totals[best] = OUT
        is_tied = totals[totals.argmax()] == top
        totals[best] = top
        return self._tie_broken(np.flatnonzero(totals == top)) if is_tied else best

    def _tie_broken(self, tied: IndexArray) -> int:
        balances = self._fairness.balances[tied]
        tied = tied[balances == balances.max()]
        last_leads = self._last_leads[tied]
        return int(tied[last_leads == last_leads.min()][0])

    def _waits_for_better(
        self, row: int, priced: PricedLead, lead_bits: Int64Array | None, totals: Int64Array
    ) -> Waits | None:
        if self._later is None or self._later_values is None or not priced.lead_class.may_wait:
            return None
        best_now = int(np.where(totals > OUT_BELOW, self._values[row], OUT).max())
        return better_later(self._later, self._later_values[row], lead_bits, best_now, self._batch.reps.roster)

    def _nobody(self, lead_bits: Int64Array | None) -> Outcome:
        batch = self._batch
        bits = batch.rep_bits if lead_bits is None else batch.rep_bits | lead_bits
        given = given_to(batch.reps, batch.awards)
        hours = batch.policy.waiting.max_wait_hours
        return self._fallback(nobody_now(bits, batch.free, given, batch.moment, hours))

    def _fallback(self, waits: Waits) -> Outcome:
        fallbacks = self._batch.policy.fallbacks
        if waits.reason.value in fallbacks.pool_when:
            return Pooled(PoolId(fallbacks.pool_id), waits.because)
        return waits

    def _give(self, row: int, chosen: int, because: MovedBecause, credited: int) -> Assigned:
        batch = self._batch
        place = int(batch.candidates[chosen])
        rep = batch.reps.roster.ids[place]
        batch.awards.append(Award(rep, credited))
        self._fairness.give(place, chosen, credited)
        self._last_leads[chosen] = batch.moment.now_s
        self._rooms[chosen] -= 1
        if self._rooms[chosen] <= 0:
            self._values[row + 1 :, chosen] = OUT
        if self._later is not None and self._later_values is not None:
            self._close_later(row, place)
        is_offer = batch.policy.offers.mode == "offer" and because is MovedBecause.BEST_TOTAL
        return Assigned(rep, because, credited, is_offer)

    def _close_later(self, row: int, place: int) -> None:
        """A rep without room for open leads has no later slot either."""
        batch = self._batch
        got = sum(1 for award in batch.awards if award.rep_id == batch.reps.roster.ids[place])
        if self._later is not None and self._later_values is not None and got >= batch.free.room_open[place]:
            self._later_values[row + 1 :, self._later.slots.reps == place] = OUT

    def _candidate(self, place: int) -> int | None:
        at = int(np.searchsorted(self._batch.candidates, place))
        found = at < len(self._batch.candidates) and self._batch.candidates[at] == place
        return at if found else None

    def _sweep(self, slots: Slots) -> Int64Array:
        skill, roster = self._batch.tables.skill, self._batch.reps.roster
        return sweep(
            self._ordered,
            self._classes,
            slots,
            by_class=skill.by_class,
            skill=skill.columns(roster),
            decay=self._batch.tables.decay,
        )

    def _prices_today(self) -> Int64Array:
        today, _ = self._batch.tables.prices.columns(self._batch.reps.roster)
        return today[self._batch.candidates]

    def _later_slots(self) -> LaterSlots | None:
        """None without solved prices: slots of tomorrow would look free, and every lead would wait for the best rep."""
        batch = self._batch
        if not batch.tables.prices.is_solved:
            return None
        hours = batch.policy.waiting.max_wait_hours
        later = later_slots(
            batch.reps,
            batch.free,
            batch.rep_bits,
            prices=batch.tables.prices,
            moment=batch.moment,
            max_wait_hours=hours,
        )
        return later if len(later.slots.reps) else None
