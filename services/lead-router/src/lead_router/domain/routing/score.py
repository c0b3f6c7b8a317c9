"""What a lead is worth in each rep's hands, in steps that add up exactly.

    x0 = c   x1 = x0·Lclass   x2 = x1·Lrep   x3 = x2·Lcell   x4 = x3·g        each // 10⁶, half to even
    total = x4 − price + c·credit // 10⁶                                     credit is the tax with its sign turned

The terms of a receipt are the differences of these steps, so their sum is the total, not nearly the total.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lead_router.domain.routing.decay import DecayTable
from lead_router.domain.routing.fixed_point import PPM, IndexArray, Int64Array, share_of, shares_of
from lead_router.domain.routing.lead_order import PricedLead
from lead_router.domain.routing.skill import SkillColumns

_BLOCK_CELLS = 16_384
"""Cells worked on at a time, so that the four buffers of 128 kB stay in a core's cache."""


class Terms(NamedTuple):
    """What each term contributes to one rep's total, in hundredths."""

    worth: int
    profile: int
    performance: int
    segment_fit: int
    speed: int
    capacity: int
    fairness: int

    @property
    def total(self) -> int:
        return sum(self)


def terms_of(worth: int, *, lifts: tuple[int, int, int], kept_ppm: int, price: int, credit_ppm: int) -> Terms:
    """The terms of one rep for one lead.

    Args:
        worth: c, in hundredths.
        lifts: Lclass, Lrep and Lcell, in parts per million.
        kept_ppm: g, what the delay leaves.
        price: of the slot, in hundredths.
        credit_ppm: −tax.
    """
    by_class = share_of(worth, lifts[0])
    by_rep = share_of(by_class, lifts[1])
    by_cell = share_of(by_rep, lifts[2])
    after_delay = share_of(by_cell, kept_ppm)
    return Terms(
        worth=worth,
        profile=by_class - worth,
        performance=by_rep - by_class,
        segment_fit=by_cell - by_rep,
        speed=after_delay - by_cell,
        capacity=-price,
        fairness=worth * credit_ppm // PPM,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """Slots that leads may be given to: one rep each, with the delay and price of the slot."""

    reps: IndexArray
    """Places in the roster."""
    delays: Int64Array
    """Whole minutes to the first answer, from now."""
    prices: Int64Array


def sweep(
    leads: Sequence[PricedLead],
    classes: Sequence[IndexArray],
    slots: Slots,
    *,
    by_class: Sequence[int],
    skill: SkillColumns,
    decay: DecayTable,
) -> Int64Array:
    """x4 − price for every lead and slot, shape (leads, slots), in hundredths.

    Args:
        classes: for every lead the class of every rep in the roster.
    """
    count, width = len(leads), len(slots.reps)
    values = np.empty((count, width), dtype=np.int64)
    if not values.size:
        return values
    steps = _Steps(slots, by_class, skill, decay, is_everyone=width == len(classes[0]))
    rows = max(1, _BLOCK_CELLS // width)
    for first in range(0, count, rows):
        block = slice(first, first + rows)
        steps.value(leads[block], classes[block], values[block])
    values -= slots.prices
    return values


class _Steps:
    """The steps x0 to x4 for a block of leads at a time, in buffers that are used again."""

    def __init__(
        self, slots: Slots, by_class: Sequence[int], skill: SkillColumns, decay: DecayTable, *, is_everyone: bool
    ) -> None:
        self._reps = None if is_everyone else slots.reps
        self._by_class = np.array(by_class, dtype=np.int64)
        self._rep_lifts = None if skill.rep is None else skill.rep[slots.reps]
        self._segments = {segment: row for row, segment in enumerate(skill.by_segment, start=1)}
        self._cell_lifts = _rows_by_segment(skill, slots.reps)
        self._decay = decay
        self._delays = np.minimum(slots.delays, decay.longest)
        self._buffers = np.empty((4, 0, len(slots.reps)), dtype=np.int64)

    def value(self, leads: Sequence[PricedLead], classes: Sequence[IndexArray], out: Int64Array) -> None:
        if self._buffers.shape[1] < len(leads):
            self._buffers = np.empty((4, *out.shape), dtype=np.int64)
        index, factor, *_ = self._buffers[:, : len(leads)]
        scratch = self._buffers[2:, : len(leads)]
        self._class_values(leads).take(self._class_index(classes), out=out, mode="clip")
        if self._rep_lifts is not None:
            shares_of(out, self._rep_lifts, out, scratch)
        if self._segments:
            rows = [self._segments.get(lead.lead.segment, 0) for lead in leads]
            self._cell_lifts.take(rows, axis=0, out=factor, mode="clip")
            shares_of(out, factor, out, scratch)
        waited = [[min(lead.waited_minutes, self._decay.longest)] for lead in leads]
        np.add(np.array(waited, dtype=np.int64), self._delays, out=index)
        self._decay.doubled.take(index, out=factor, mode="clip")
        shares_of(out, factor, out, scratch)

    def _class_values(self, leads: Sequence[PricedLead]) -> Int64Array:
        """x1 for every lead and class: there are only six."""
        worths = np.array([[lead.worth.value] for lead in leads], dtype=np.int64)
        values = np.empty((len(leads), len(self._by_class)), dtype=np.int64)
        shares_of(worths, self._by_class, values, np.empty((2, *values.shape), dtype=np.int64))
        return values

    def _class_index(self, classes: Sequence[IndexArray]) -> IndexArray:
        """Where in the flat table of x1 each lead and slot finds its value."""
        index = np.stack(classes)
        if self._reps is not None:
            index = index.take(self._reps, axis=1)
        index += np.arange(len(classes))[:, np.newaxis] * len(self._by_class)
        return index


def _rows_by_segment(skill: SkillColumns, reps: IndexArray) -> Int64Array:
    """Lcell of each slot, a row per segment; the first row is one whole, for segments without records."""
    rows = np.full((1 + len(skill.by_segment), len(reps)), PPM, dtype=np.int64)
    for row, lifts in enumerate(skill.by_segment.values(), start=1):
        lifts.take(reps, out=rows[row], mode="clip")
    return rows
