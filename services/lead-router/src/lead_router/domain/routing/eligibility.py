"""Who may be a candidate, and by which rule not: one bit per rule, so that a receipt can name every rule at once."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np

from lead_router.domain.ids import RepId
from lead_router.domain.routing.availability import Availability
from lead_router.domain.routing.fixed_point import BoolArray, Int64Array
from lead_router.domain.routing.lead_rep_clause import LeadRepClause, Scope, compile_clause, scope_of
from lead_router.domain.routing.lead_snapshot import LeadSnapshot
from lead_router.domain.routing.policy import Clause, Policy
from lead_router.domain.routing.rep_table import Column, RepTable

TERRITORY_TAG, REGION_TAG = "territory", "region"
_SMB = "SMB"


class Rule(StrEnum):
    """Built-in rules, as ids of the receipt. A clause of the policy has the id `CLAUSE:` and its own."""

    PAUSED = "PAUSED"
    ON_LEAVE = "ON_LEAVE"
    OFF_SHIFT = "OFF_SHIFT"
    DAILY_CAP = "DAILY_CAP"
    OPEN_CAP = "OPEN_CAP"
    NOT_HELD = "NOT_HELD"
    """Another commit holds the rep's row at this moment."""
    LOST_TO_RIVAL = "LOST_TO_RIVAL"
    """The rep's last slot went to another commit."""
    DECLINED = "DECLINED"
    TERRITORY = "TERRITORY"
    KA_ON_SMB = "KA_ON_SMB"
    HIGH_VALUE_GUARD = "HIGH_VALUE_GUARD"


BIT = {rule: 1 << place for place, rule in enumerate(Rule)}
_FIRST_CLAUSE = len(BIT)
NOT_NOW = BIT[Rule.OFF_SHIFT] | BIT[Rule.DAILY_CAP] | BIT[Rule.OPEN_CAP]
"""Bits that time or a freed slot takes away."""
FOR_THE_MOMENT = NOT_NOW | BIT[Rule.NOT_HELD] | BIT[Rule.LOST_TO_RIVAL]


@dataclass(frozen=True, slots=True)
class _PlacedClause:
    """A clause of the policy with its bit."""

    clause: Clause
    bit: int
    form: LeadRepClause | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The eligibility of one policy, ready to run."""

    policy: Policy
    names: tuple[str, ...]
    """Rule ids by bit."""
    over_lead: tuple[_PlacedClause, ...]
    over_rep: tuple[_PlacedClause, ...]
    over_both: tuple[_PlacedClause, ...]

    def names_in(self, bits: int) -> tuple[str, ...]:
        """The ids of all rules in a mask, in order."""
        return tuple(name for place, name in enumerate(self.names) if bits >> place & 1)

    def rep_bits(
        self, reps: RepTable, free: Availability, given: Int64Array, held: Collection[RepId] | None
    ) -> Int64Array:
        """What excludes each rep from every lead at this moment.

        Args:
            given: leads that each rep got earlier in the same transaction.
            held: the only reps whose rows may be written to now; None for all.
        """
        bits = reps[Column.PAUSED] * BIT[Rule.PAUSED]
        bits += reps[Column.ON_LEAVE] * BIT[Rule.ON_LEAVE]
        bits += ~free.on_shift * BIT[Rule.OFF_SHIFT]
        bits += (free.room_today <= given) * BIT[Rule.DAILY_CAP]
        bits += (free.room_open <= given) * BIT[Rule.OPEN_CAP]
        for placed in self.over_rep:
            bits += ~reps.clauses.column(placed.clause.when) * placed.bit
        if held is not None:
            bits += np.array([rep not in held for rep in reps.roster.ids], dtype=np.int64) * BIT[Rule.NOT_HELD]
        return bits

    def lead_bits(self, lead: LeadSnapshot, reps: RepTable) -> Int64Array | None:
        """What excludes each rep from this lead; None where nothing can."""
        if self._is_open and not lead.declined_by and not lead.lost_to_rival:
            return None
        parts = [*self._clause_parts(lead, reps), *self._profile_parts(lead, reps)]
        for rule, named in ((Rule.DECLINED, lead.declined_by), (Rule.LOST_TO_RIVAL, lead.lost_to_rival)):
            places = [reps.roster.position[rep] for rep in named if rep in reps.roster.position]
            if places:
                column = np.zeros(reps.size, dtype=np.int64)
                column[places] = BIT[rule]
                parts.append(column)
        if not parts:
            return None
        combined: Int64Array = np.bitwise_or.reduce(parts)
        return combined

    @property
    def _is_open(self) -> bool:
        """Whether the policy has no rule that depends on the lead: the usual case, and the quick one."""
        eligibility = self.policy.eligibility
        by_profile = eligibility.territory == "require" or eligibility.ka_on_smb == "exclude"
        return not (self.over_lead or self.over_both or by_profile)

    def _clause_parts(self, lead: LeadSnapshot, reps: RepTable) -> Iterator[Int64Array]:
        for placed in self.over_lead:
            if not lead.clause_results.get(placed.clause.when, False):
                yield np.full(reps.size, placed.bit, dtype=np.int64)
        for placed in self.over_both:
            if placed.form is not None:
                holds = placed.form.holds(lead, reps.profiles, placed.clause.if_unknown == "pass")
                yield ~holds * placed.bit

    def _profile_parts(self, lead: LeadSnapshot, reps: RepTable) -> Iterator[Int64Array]:
        eligibility = self.policy.eligibility
        if eligibility.territory == "require" and (owners := territory_owners(lead, reps)) is not None:
            yield ~owners * BIT[Rule.TERRITORY]
        if eligibility.ka_on_smb == "exclude" and lead.segment == _SMB:
            yield reps.profiles.key_account_only() * BIT[Rule.KA_ON_SMB]


@lru_cache(maxsize=1024)
def rules_of(policy: Policy) -> Rules:
    """The rules of a policy, compiled once."""
    placed: dict[Scope, list[_PlacedClause]] = {scope: [] for scope in Scope}
    for at, clause in enumerate(policy.eligibility.clauses):
        scope = scope_of(clause.when)
        form = compile_clause(clause.when) if scope is Scope.LEAD_REP else None
        placed[scope].append(_PlacedClause(clause, 1 << (_FIRST_CLAUSE + at), form))
    names = (*(rule.value for rule in Rule), *(f"CLAUSE:{clause.id}" for clause in policy.eligibility.clauses))
    return Rules(policy, names, tuple(placed[Scope.LEAD]), tuple(placed[Scope.REP]), tuple(placed[Scope.LEAD_REP]))


def territory_owners(lead: LeadSnapshot, reps: RepTable) -> BoolArray | None:
    """Who owns the lead's region; None where nobody does, and then territory is no matter (X-13)."""
    return reps.profiles.states_any(TERRITORY_TAG, lead.tags.get(REGION_TAG, ()))
