"""What a rep is good at and how much a rep can take, as people enter it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from chassis.errors import Invalid, Violation
from chassis.shifts import Interval, Shift, Week
from lead_router.domain.routing.eligibility import TERRITORY_TAG

WeeklyShift = tuple[int, Shift]
"""Day of the week, 0 Monday to 6 Sunday, and the hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepProfile:
    """A dimension without values means that the rep takes anything."""

    industries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    product_lines: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    shifts: tuple[WeeklyShift, ...] = ()
    """Empty for the tenant's hours."""
    leave: tuple[Interval, ...] = ()
    open_cap: int = 0
    daily_cap: int = 0
    weight_pct: int = 100
    joined_at: datetime | None = None
    owned_customer_ids: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    median_response_minutes: int = 0

    def week(self) -> Week | None:
        """The rep's own hours; None for the tenant's."""
        if not self.shifts:
            return None
        days: list[tuple[Shift, ...]] = [()] * 7
        for weekday, shift in self.shifts:
            days[weekday] = (*days[weekday], shift)
        return Week(tuple(days))

    def tags(self) -> Mapping[str, frozenset[str]]:
        """What matching and clauses compare, by dimension."""
        by_dimension = {
            "industry": self.industries,
            "region": self.regions,
            "segment": self.segments,
            "product_line": self.product_lines,
            "language": self.languages,
            TERRITORY_TAG: self.territories,
        }
        return {name: frozenset(values) for name, values in by_dimension.items() if values}


def require_sound(shifts: tuple[tuple[int, int, int], ...], leave: tuple[tuple[datetime, datetime], ...]) -> None:
    """Refuses hours and leave that end before they begin, naming each.

    Args:
        shifts: weekday, start and end minute.
        leave: first moment away, first moment back.

    Raises:
        Invalid: with one violation per fault.
    """
    faults = [
        Violation(f"profile.shifts[{at}].end_minute", "shift.order", "must lie after start_minute")
        for at, (_, start, end) in enumerate(shifts)
        if end <= start
    ]
    faults += [
        Violation(f"profile.leave[{at}].to", "leave.order", "must lie after from")
        for at, (start, end) in enumerate(leave)
        if end <= start
    ]
    if faults:
        raise Invalid(faults)
