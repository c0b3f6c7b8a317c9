"""The ledger as columns during one batch: what every candidate is owed after each lead that was given away."""

from collections.abc import Mapping

import numpy as np

from lead_router.domain.ids import GroupId
from lead_router.domain.routing.fixed_point import PPM, IndexArray, Int64Array
from lead_router.domain.routing.ledger import UNITS, GroupAccount, earned_by_weight
from lead_router.domain.routing.policy import Fairness
from lead_router.domain.routing.rep_table import Column, RepTable


def credit_unit(fairness: Fairness, mean_worth: int) -> int:
    """Ledger units that make one part per million of credit: fair_leads · c̄ is one whole."""
    return max(1, fairness.fair_leads * mean_worth * UNITS // PPM)


def credit_ppm(balance: int, unit: int, limit_ppm: int) -> int:
    """−tax of one rep, between −`limit_ppm` and `limit_ppm`; quantised by rounding down."""
    return max(-limit_ppm * unit, min(limit_ppm * unit, balance)) // unit


class FairnessColumns:
    """Balances and credits of the candidates, moved on in memory; the rows are written at commit by `ledger.credit`.

    A group that no account is given for starts from nothing.
    """

    def __init__(
        self,
        reps: RepTable,
        groups: Mapping[GroupId, GroupAccount],
        candidates: IndexArray,
        *,
        unit: int,
        limit_ppm: int,
    ) -> None:
        self._unit, self._bound = unit, limit_ppm * unit
        self._group_of_rep: list[int] = reps[Column.GROUP].tolist()
        self._group_of = reps[Column.GROUP][candidates]
        self._weights = np.where(reps[Column.PRESENT], reps[Column.WEIGHT], 0)[candidates]
        self._heaviest = int(self._weights.max(initial=0))
        self._has_one_weight = int(self._weights.min(initial=self._heaviest)) == self._heaviest
        accounts = [groups.get(group, GroupAccount(group_id=group)) for group in reps.group_ids]
        self._rests = [account.rest for account in accounts]
        self._present = [account.weight_present for account in accounts]
        self._members: dict[int, IndexArray | None] = {}
        units = np.array([account.units for account in accounts], dtype=np.int64)
        carried, units_in = reps[Column.CARRIED][candidates], reps[Column.UNITS_IN][candidates]
        earned = units[self._group_of] - units_in if accounts else units_in
        self.balances: Int64Array = carried + self._weights * earned
        """What each candidate is owed, in ledger units. A new array after every lead, so that decisions may keep it."""
        self.credits: Int64Array = np.empty_like(self.balances)
        """−tax of each candidate, in parts per million."""
        self._highest = int(self.balances.max(initial=0))
        self._lowest = int(self.balances.min(initial=0))
        """No balance is above or below these; within the bound, where most days end, nothing needs to be clipped."""
        self._price_all()

    def give(self, rep: int, candidate: int | None, worth: int) -> None:
        """A rep got a lead that the ledger counts with `worth`, in hundredths.

        Args:
            rep: place in the roster.
            candidate: place among the candidates; None for a rep who is none, whose group earns all the same.
        """
        group = self._group_of_rep[rep]
        earned, self._rests[group] = earned_by_weight(worth, self._rests[group], self._present[group])
        self._highest += self._heaviest * earned
        if group not in self._members:
            self._members[group] = self._members_of(group)
        members = self._members[group]
        if members is None:
            by_weight = self._heaviest * earned if self._has_one_weight else self._weights * earned
            self.balances = self.balances + by_weight
        else:
            self.balances = self.balances.copy()
            self.balances[members] += self._weights[members] * earned
        if candidate is not None:
            self.balances[candidate] -= worth * UNITS
            self._lowest = min(self._lowest, int(self.balances[candidate]))
        if members is None:
            self._price_all()
        else:
            self.credits[members] = self._clipped(self.balances[members]) // self._unit

    def _members_of(self, group: int) -> IndexArray | None:
        """Candidates of the group; None where they all are."""
        members = np.flatnonzero(self._group_of == group)
        return None if len(members) == len(self._group_of) else members

    def _price_all(self) -> None:
        np.floor_divide(self._clipped(self.balances), self._unit, out=self.credits)

    def _clipped(self, balances: Int64Array) -> Int64Array:
        if self._highest > self._bound:
            balances = np.minimum(balances, self._bound)
        if self._lowest < -self._bound:
            balances = np.maximum(balances, -self._bound)
        return balances
