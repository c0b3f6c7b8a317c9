"""When each rep can take a lead: now, later today, or in the next shift; and how many."""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from lead_router.domain.routing.fixed_point import BoolArray, Int64Array, epoch_seconds
from lead_router.domain.routing.rep_row import MOST_SHIFTS
from lead_router.domain.routing.rep_table import NEVER, Column, RepTable, day_ordinal


@dataclass(frozen=True, slots=True)
class Moment:
    """When a decision is made, in business time, and what day that is for the tenant."""

    now: datetime
    today: date
    day_ends: datetime
    """The tenant's next midnight: a shift that starts before it is today's."""
    calendar_version: int = 0

    @property
    def now_s(self) -> int:
        return epoch_seconds(self.now)

    @property
    def day_ends_s(self) -> int:
        return epoch_seconds(self.day_ends)


@dataclass(frozen=True, slots=True, eq=False)
class Availability:
    """Columns in roster order. Rooms may be below 0 where a cap was lowered."""

    on_shift: BoolArray
    today_starts: Int64Array
    """Start of today's running or coming shift, in seconds; NEVER where there is none left."""
    next_starts: Int64Array
    """Start of the first shift after today; NEVER where none is known."""
    room_today: Int64Array
    """Leads that fit under the daily cap."""
    room_open: Int64Array
    """Leads that fit under the cap of open leads."""
    daily_cap: Int64Array
    response_minutes: Int64Array

    def delay_minutes(self, starts: Int64Array, now_s: int) -> Int64Array:
        """Whole minutes from now to the first answer in the shifts that start then."""
        until: Int64Array = np.maximum(starts - now_s, 0) // 60 + self.response_minutes
        return until


def availability(reps: RepTable, moment: Moment) -> Availability:
    """All reps at that moment. Leave is cut out of the shifts already; the flags for it are rules of eligibility."""
    now_s, day_ends_s = moment.now_s, moment.day_ends_s
    on_shift = np.zeros(reps.size, dtype=bool)
    today_starts = np.full(reps.size, NEVER, dtype=np.int64)
    next_starts = np.full(reps.size, NEVER, dtype=np.int64)
    for shift in reversed(range(MOST_SHIFTS)):
        starts, ends = reps[Column.SHIFTS + 2 * shift], reps[Column.SHIFTS + 2 * shift + 1]
        is_left = ends > now_s
        is_today = is_left & (starts < day_ends_s)
        np.copyto(today_starts, starts, where=is_today)
        np.copyto(next_starts, starts, where=is_left & ~is_today)
        on_shift |= is_today & (starts <= now_s)
    counted = np.where(reps[Column.COUNTED_ON] == day_ordinal(moment.today), reps[Column.LEADS_TODAY], 0)
    return Availability(
        on_shift=on_shift,
        today_starts=today_starts,
        next_starts=next_starts,
        room_today=reps[Column.DAILY_CAP] - counted,
        room_open=reps[Column.OPEN_CAP] - reps[Column.OPEN_LEADS],
        daily_cap=reps[Column.DAILY_CAP],
        response_minutes=reps[Column.RESPONSE_MINUTES],
    )
