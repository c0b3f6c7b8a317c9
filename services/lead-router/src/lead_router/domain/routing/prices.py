"""Shadow prices: what one slot of a rep is worth to the leads still to come.

A background job finds them (section 3 of the method) and publishes a table; a decision only reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lead_router.domain.ids import RepId
from lead_router.domain.routing.fixed_point import Int64Array
from lead_router.domain.routing.rep_table import Roster


@dataclass(frozen=True, slots=True, eq=False)
class PriceTable:
    """One published version: per rep the price of a slot today and in the next shift, in hundredths.

    A rep without prices costs nothing. Unless prices were solved for, a slot in the next shift looks free, and every
    lead would wait for the best closer: `decide` then never holds a lead back while somebody suitable is free.
    """

    version: int = 0
    is_solved: bool = False
    prices: Mapping[RepId, tuple[int, int]] = field(default_factory=dict)

    _kept: dict[str, tuple[Int64Array, Int64Array]] = field(default_factory=dict, init=False, repr=False)

    def columns(self, roster: Roster) -> tuple[Int64Array, Int64Array]:
        """Today's and the next shift's prices in roster order; kept for the next call."""
        found = self._kept.get(roster.digest)
        if found is None:
            pairs = [self.prices.get(rep, (0, 0)) for rep in roster.ids]
            both = np.array(pairs, dtype=np.int64).reshape(len(pairs), 2).T.copy()
            both.setflags(write=False)
            self._kept.clear()
            found = self._kept[roster.digest] = (both[0], both[1])
        return found
