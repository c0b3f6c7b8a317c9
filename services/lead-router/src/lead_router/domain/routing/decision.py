"""One decision and what it saw: totals, terms, ranks and exclusions, reckoned only when somebody looks.

Deciding keeps arrays; a receipt, a why-not or a screen turns them into figures. Terms are reckoned from the inputs once
more, in Python's integers, and agree with the arrays to the hundredth.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from chassis.errors import NotFound
from lead_router.domain.ids import GroupId, RepId
from lead_router.domain.routing.availability import Availability, Moment
from lead_router.domain.routing.eligibility import BIT, Rule, Rules
from lead_router.domain.routing.fairness_columns import credit_ppm, credit_unit
from lead_router.domain.routing.fixed_point import OUT_BELOW, BoolArray, IndexArray, Int64Array
from lead_router.domain.routing.lead_order import PricedLead
from lead_router.domain.routing.ledger import UNITS, GroupAccount, earned_by_weight
from lead_router.domain.routing.outcome import Assigned, Award, Outcome
from lead_router.domain.routing.policy import Policy
from lead_router.domain.routing.profile_match import matcher
from lead_router.domain.routing.rep_table import NEVER, Column, RepTable
from lead_router.domain.routing.score import Terms, terms_of
from lead_router.domain.routing.tables import RoutingTables

_DAY_S = 86_400


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What all decisions of one call share. `awards` grows while the batch is walked and is then left alone."""

    reps: RepTable
    policy: Policy
    tables: RoutingTables
    groups: Mapping[GroupId, GroupAccount]
    moment: Moment
    rules: Rules
    free: Availability
    rep_bits: Int64Array
    """Rules that exclude each rep from all leads, in roster order."""
    candidates: IndexArray
    """Reps whom none of them excludes, as places in the roster."""
    held: frozenset[RepId] | None
    first_position: int
    awards: list[Award]
    """Those given before the call, then those of the batch."""

    @property
    def novices(self) -> BoolArray:
        """For every rep whether the guard of high-value leads takes the rep for a novice."""
        joined = self.reps[Column.JOINED_AT]
        since = self.moment.now_s - self.policy.newcomers.novice_days * _DAY_S
        return np.asarray((joined != NEVER) & (joined > since))

    @property
    def credit_unit(self) -> int:
        """Ledger units in one part per million of credit."""
        return credit_unit(self.policy.fairness, self.tables.worth.mean_worth)


class Inputs(NamedTuple):
    """What one rep's total was reckoned from."""

    class_index: int
    lifts: tuple[int, int, int]
    delay_minutes: int
    """From receipt to the rep's first answer."""
    response_minutes: int
    """The rep's own part of it."""
    kept_ppm: int
    price: int
    balance: int
    """In ledger units, after the earlier leads of the batch."""
    credit_ppm: int


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What became of one lead. Immutable, and cheap until it is looked at."""

    priced: PricedLead
    outcome: Outcome
    position: int
    """Place in the batch, from 0."""
    batch: Batch
    awards_before: int
    """How many of the batch's awards came before this lead."""
    totals: Int64Array
    """Total of each candidate, `OUT` where a rule excluded the candidate from this lead."""
    balances: Int64Array
    """What each candidate was owed, in ledger units."""
    lead_bits: Int64Array | None
    """Rules that exclude each rep from this lead, in roster order; None for none."""

    @property
    def rep_id(self) -> RepId | None:
        """Who got the lead, or the offer of it."""
        return self.outcome.rep_id if isinstance(self.outcome, Assigned) else None

    @property
    def earlier_awards(self) -> Sequence[Award]:
        return self.batch.awards[: self.awards_before]

    def position_of(self, rep: RepId) -> int:
        """Place in the roster. Raises `NotFound` for a rep who was not there."""
        place = self.batch.reps.roster.position.get(rep)
        if place is None:
            raise NotFound("rep", rep)
        return place

    def ranked(self) -> IndexArray:
        """Candidates for this lead as places among `batch.candidates`, best first, ties broken as in the decision."""
        order = np.argsort(-self.totals, kind="stable")
        order = order[: int(np.count_nonzero(self.totals > OUT_BELOW))]
        totals = self.totals[order]
        is_tied = np.zeros(len(order), dtype=bool)
        is_tied[1:] = totals[1:] == totals[:-1]
        if is_tied.any():
            is_tied[:-1] |= is_tied[1:]
            tied = order[is_tied]
            last_leads = self.last_leads()[self.batch.candidates[tied]]
            order[is_tied] = tied[np.lexsort((last_leads, -self.balances[tied], -self.totals[tied]))]
        return order

    def inputs(self, reps: Iterable[RepId]) -> dict[RepId, Inputs]:
        """What these reps' totals are reckoned from, whether candidates or not."""
        wanted = list(dict.fromkeys(reps))
        return dict(zip(wanted, _Inspection(self, wanted).inputs(), strict=True))

    def terms(self, rep: RepId) -> Terms:
        """The rep's total, term by term; for an excluded rep what it would have been."""
        return self.terms_from(self.inputs([rep])[rep])

    def terms_from(self, seen: Inputs) -> Terms:
        """The terms that these inputs make for this lead."""
        return terms_of(
            self.priced.worth.value,
            lifts=seen.lifts,
            kept_ppm=seen.kept_ppm,
            price=seen.price,
            credit_ppm=seen.credit_ppm,
        )

    def exclusion_bits(self) -> Int64Array:
        """For every rep all rules that exclude it from this lead, as `batch.rules` names them; 0 for candidates."""
        batch = self.batch
        bits, given = batch.rep_bits.copy(), given_to(batch.reps, self.earlier_awards)
        bits |= (batch.free.room_today <= given) * BIT[Rule.DAILY_CAP]
        bits |= (batch.free.room_open <= given) * BIT[Rule.OPEN_CAP]
        if self.lead_bits is not None:
            bits |= self.lead_bits
        guarded = (bits[batch.candidates] == 0) & (self.totals <= OUT_BELOW)
        bits[batch.candidates[guarded]] |= BIT[Rule.HIGH_VALUE_GUARD]
        return bits

    def excluded_by(self, rep: RepId) -> tuple[str, ...]:
        """Ids of all rules that exclude the rep; none for a candidate."""
        return self.batch.rules.names_in(int(self.exclusion_bits()[self.position_of(rep)]))

    def last_leads(self) -> Int64Array:
        """When every rep last got a lead, earlier ones of the batch included, in seconds."""
        last: Int64Array = self.batch.reps[Column.LAST_LEAD_AT].copy()
        last[given_to(self.batch.reps, self.earlier_awards) > 0] = self.batch.moment.now_s
        return last


class _Inspection:
    """What the totals of some reps in one decision are reckoned from, as columns over these reps."""

    def __init__(self, decision: Decision, reps: Sequence[RepId]) -> None:
        self._decision, self._batch, self._reps = decision, decision.batch, reps
        self._places = np.array([decision.position_of(rep) for rep in reps], dtype=np.intp)

    def inputs(self) -> list[Inputs]:
        """In the order of the reps."""
        decision, batch, places = self._decision, self._batch, self._places
        tables, segment = batch.tables, decision.priced.lead.segment
        classes = matcher(batch.policy.match, batch.reps.profiles).classes(decision.priced.lead)[places].tolist()
        until_shift, prices = self._slots()
        responses = batch.free.response_minutes[places]
        delays = decision.priced.waited_minutes + until_shift + responses
        unit, limit = batch.credit_unit, batch.policy.fairness.fair_limit
        columns = (self._reps, classes, delays.tolist(), responses.tolist(), prices.tolist(), self._balances())
        return [
            Inputs(
                class_index=class_index,
                lifts=tables.skill.lifts_of(rep, segment, class_index),
                delay_minutes=delay,
                response_minutes=response,
                kept_ppm=tables.decay.at(delay),
                price=price,
                balance=balance,
                credit_ppm=credit_ppm(balance, unit, limit),
            )
            for rep, class_index, delay, response, price, balance in zip(*columns, strict=True)
        ]

    def _slots(self) -> tuple[Int64Array, Int64Array]:
        """Minutes from now until the first slot that each rep has, and its price."""
        batch, places = self._batch, self._places
        today_prices, next_prices = batch.tables.prices.columns(batch.reps.roster)
        today, following = batch.free.today_starts[places], batch.free.next_starts[places]
        starts = np.where(today != NEVER, today, following)
        minutes = np.where(
            starts != NEVER, np.maximum(starts - batch.moment.now_s, 0) // 60, batch.tables.decay.longest
        )
        return minutes, np.where(today != NEVER, today_prices[places], next_prices[places])

    def _balances(self) -> list[int]:
        """What each rep is owed: as seen for a candidate, else from the rows and the earlier leads of the batch."""
        candidates, seen = self._batch.candidates, self._decision.balances
        found = candidates.searchsorted(self._places).tolist()
        return [
            int(seen[at]) if at < len(candidates) and candidates[at] == place else self._balance_of_other(place)
            for at, place in zip(found, self._places.tolist(), strict=True)
        ]

    def _balance_of_other(self, place: int) -> int:
        batch, reps = self._batch, self._batch.reps
        group_id = reps.group_ids[reps[Column.GROUP][place]]
        group = batch.groups.get(group_id, GroupAccount(group_id=group_id))
        units, rest, given = group.units, group.rest, 0
        for award in self._decision.earlier_awards:
            of = reps.roster.position[award.rep_id]
            if reps[Column.GROUP][of] == reps[Column.GROUP][place]:
                earned, rest = earned_by_weight(award.credited_worth, rest, group.weight_present)
                units += earned
                given += award.credited_worth * UNITS if of == place else 0
        weight = int(reps[Column.WEIGHT][place]) if reps[Column.PRESENT][place] else 0
        return int(reps[Column.CARRIED][place]) + weight * (units - int(reps[Column.UNITS_IN][place])) - given


def given_to(reps: RepTable, awards: Iterable[Award]) -> Int64Array:
    """Leads that each rep of the roster got by these awards."""
    places = [reps.roster.position[award.rep_id] for award in awards]
    return np.bincount(np.array(places, dtype=np.intp), minlength=reps.size)
