"""When a lead is better off waiting, and why one waits that nobody can take now."""

from dataclasses import dataclass

import numpy as np

from lead_router.domain.lead_state import WaitingReason
from lead_router.domain.routing.availability import Availability, Moment
from lead_router.domain.routing.eligibility import FOR_THE_MOMENT, NOT_NOW
from lead_router.domain.routing.fixed_point import OUT, OUT_BELOW, BoolArray, Int64Array, from_epoch
from lead_router.domain.routing.outcome import ALL_FULL, BETTER_LATER, NEXT_SHIFT, NOBODY_ELIGIBLE, Waits
from lead_router.domain.routing.prices import PriceTable
from lead_router.domain.routing.rep_table import NEVER, RepTable, Roster
from lead_router.domain.routing.score import Slots

_HOUR_S = 3600


@dataclass(frozen=True, slots=True, eq=False)
class LaterSlots:
    """Slots within `max_wait_hours`: later today of reps not yet on shift, and in the next shift of everybody."""

    slots: Slots
    starts: Int64Array


def later_slots(
    reps: RepTable,
    free: Availability,
    rep_bits: Int64Array,
    *,
    prices: PriceTable,
    moment: Moment,
    max_wait_hours: int,
) -> LaterSlots:
    """All slots that a lead could wait for; empty where there are none."""
    now_s = moment.now_s
    latest = now_s + max_wait_hours * _HOUR_S
    suitable = (rep_bits & ~NOT_NOW) == 0
    today_prices, next_prices = prices.columns(reps.roster)
    parts = [
        (
            suitable & ~free.on_shift & (np.minimum(free.room_today, free.room_open) > 0),
            free.today_starts,
            today_prices,
        ),
        (suitable & (np.minimum(free.daily_cap, free.room_open) > 0), free.next_starts, next_prices),
    ]
    places, delays, costs, starts = [], [], [], []
    for has_room, begins, price in parts:
        found = np.flatnonzero(has_room & (begins != NEVER) & (begins <= latest))
        places.append(found)
        delays.append(free.delay_minutes(begins, now_s)[found])
        costs.append(price[found])
        starts.append(begins[found])
    slots = Slots(np.concatenate(places), np.concatenate(delays), np.concatenate(costs))
    return LaterSlots(slots, np.concatenate(starts))


def better_later(
    later: LaterSlots, values: Int64Array, lead_bits: Int64Array | None, best_now: int, roster: Roster
) -> Waits | None:
    """Waiting for the best later slot, where its value less its price beats the best free rep's.

    Both are without tax, so fairness never makes a customer wait.

    Args:
        values: of the later slots for this lead, `OUT` where a rep has been filled meanwhile.
        best_now: value less price of the best free rep.
    """
    if lead_bits is not None:
        values = np.where(lead_bits[later.slots.reps] == 0, values, OUT)
    best = int(values.argmax())
    if values[best] <= max(best_now, OUT_BELOW):
        return None
    start = from_epoch(int(later.starts[best]))
    return Waits(WaitingReason.NEXT_SHIFT, BETTER_LATER, start, roster.ids[later.slots.reps[best]])


def nobody_now(bits: Int64Array, free: Availability, given: Int64Array, moment: Moment, max_wait_hours: int) -> Waits:
    """Why a lead waits that has no candidate.

    Args:
        bits: all rules that exclude each rep from this lead.
        given: leads that each rep got earlier in the batch.
    """
    suitable = (bits & ~FOR_THE_MOMENT) == 0
    if not suitable.any():
        return Waits(WaitingReason.SUPERVISOR, NOBODY_ELIGIBLE)
    room_open = free.room_open - given
    start = _first_start(suitable & (room_open > 0) & ~free.on_shift, free, given, moment, max_wait_hours)
    if start is not None:
        return Waits(WaitingReason.NEXT_SHIFT, NEXT_SHIFT, from_epoch(start))
    is_full = (room_open <= 0) | (free.on_shift & (bits != 0))
    if (suitable & is_full).any() or (suitable & (given > 0)).any():
        again = _first_start(suitable & (room_open > 0), free, given, moment, max_wait_hours)
        return Waits(WaitingReason.FULL, ALL_FULL, None if again is None else from_epoch(again))
    return Waits(WaitingReason.SUPERVISOR, NOBODY_ELIGIBLE)


def _first_start(
    reps: BoolArray, free: Availability, given: Int64Array, moment: Moment, max_wait_hours: int
) -> int | None:
    """The earliest coming shift of these reps with room under its daily cap, in seconds."""
    now_s = moment.now_s
    latest = now_s + max_wait_hours * _HOUR_S
    today = reps & (free.today_starts > now_s) & (free.today_starts <= latest) & (free.room_today - given > 0)
    following = reps & (free.next_starts != NEVER) & (free.next_starts <= latest) & (free.daily_cap > 0)
    starts = np.concatenate([free.today_starts[today], free.next_starts[following]])
    return int(starts.min()) if starts.size else None
