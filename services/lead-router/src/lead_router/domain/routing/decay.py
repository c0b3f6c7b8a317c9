"""How the value of a lead decays until its first answer, by whole minute (LR-11).

The reference is −1.9 % at one hour and −12.4 % at six; a measured curve replaces it as another table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from functools import lru_cache
from itertools import pairwise

import numpy as np

from lead_router.domain.routing.fixed_point import PPM, Int64Array

_RATE, _EXPONENT, _FLOOR = Decimal("0.01918"), Decimal("1.078"), Decimal("0.35")
_CONTEXT = Context(prec=16)


@dataclass(frozen=True, slots=True, eq=False)
class DecayTable:
    """Share of its value that a lead keeps when it is answered after so many whole minutes, in parts per million."""

    version: str
    """Stands in the receipt."""
    by_minute: tuple[int, ...]
    """The last entry holds for all later minutes."""
    doubled: Int64Array = field(init=False, repr=False)
    """`by_minute` with its last entry once more for every minute: time waited and delay, each clipped to `longest`,
    may be added without a further look."""

    def __post_init__(self) -> None:
        last = [self.by_minute[-1]] * len(self.by_minute)
        doubled = np.array([*self.by_minute, *last], dtype=np.int64)
        doubled.setflags(write=False)
        object.__setattr__(self, "doubled", doubled)

    @classmethod
    def measured(cls, version: str, by_minute: Sequence[int]) -> "DecayTable":
        """A table found from outcomes; it must start at most at one whole and never rise.

        Raises:
            ValueError: it is empty, rises, or leaves [0, 10⁶].
        """
        table = tuple(by_minute)
        falls = all(later <= earlier for earlier, later in pairwise(table))
        if not table or not falls or table[0] > PPM or table[-1] < 0:
            raise ValueError("a decay table falls from at most 1,000,000 and stays at or above 0")
        return cls(version, table)

    def at(self, minutes: int) -> int:
        return self.by_minute[min(max(minutes, 0), len(self.by_minute) - 1)]

    @property
    def longest(self) -> int:
        """Minutes after which nothing changes any more; delays are to be clipped to it."""
        return len(self.by_minute) - 1


@lru_cache(maxsize=1)
def reference_decay() -> DecayTable:
    """g(h) = max(0.35, exp(−0.01918·h^1.078)), h in hours.

    Reckoned in decimals, which are the same on every machine, until the floor is reached after about 41 hours.
    """
    table = [PPM]
    while table[-1] > _FLOOR * PPM:
        table.append(int(max(_FLOOR, _keeps(len(table))) * PPM))
    return DecayTable("reference-1", tuple(table))


def _keeps(minutes: int) -> Decimal:
    hours = _CONTEXT.divide(Decimal(minutes), Decimal(60))
    power = _CONTEXT.exp(_CONTEXT.multiply(_EXPONENT, _CONTEXT.ln(hours)))
    return _CONTEXT.exp(-_CONTEXT.multiply(_RATE, power)).quantize(Decimal(1) / PPM)
