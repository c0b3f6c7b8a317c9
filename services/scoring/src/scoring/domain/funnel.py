"""The funnel 销售漏斗: how many leads reached which step, and what became of opportunities."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Self

from chassis.errors import Invalid, Violation


class Grouping(StrEnum):
    """What rows are grouped by."""

    NOTHING = ""
    REP = "rep"
    TEAM = "team"
    SOURCE = "source"
    DAY = "day"
    """Day of receipt, and of an opportunity's creation, in the tenant's zone."""


@dataclass(frozen=True, slots=True)
class FunnelQuestion:
    """Leads received and opportunities created within [`received_from`, `received_before`), as known at a moment."""

    group_by: Grouping = Grouping.NOTHING
    received_from: datetime | None = None
    """None for the beginning."""
    received_before: datetime | None = None
    """None for now."""
    known_at: datetime | None = None
    """Only facts recorded before it count; None for all."""

    def require_span(self) -> None:
        """Refuses a span that ends before it begins.

        Raises:
            Invalid: names the end.
        """
        if self.received_from and self.received_before and self.received_before < self.received_from:
            raise Invalid([Violation("to", "span.order", "the span cannot end before it begins")])


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """One group. Each step counts the leads that ever reached it, whatever became of them; opportunities count as they
    stand."""

    group: str = ""
    """An id, a source, or a date as YYYY-MM-DD; empty for the total and where it is not known."""
    received: int = 0
    joined: int = 0
    """Submissions that were joined to a lead of the group; not part of `received`."""
    assigned: int = 0
    followed_up: int = 0
    silent: int = 0
    closed: int = 0
    converted: int = 0
    opportunities_created: int = 0
    opportunities_won: int = 0
    """Those that are won; one that was reopened is not."""
    opportunities_lost: int = 0
    """Those that are lost; one that was reopened is not."""


COUNTS = tuple(count.name for count in fields(FunnelRow) if count.name != "group")
"""Names of the counts, in the order of the funnel."""


@dataclass(frozen=True, slots=True)
class Funnel:
    """Rows and their sum."""

    rows: Sequence[FunnelRow]
    total: FunnelRow

    @classmethod
    def of(cls, rows: Sequence[FunnelRow]) -> Self:
        """The funnel of groups that share no lead and no opportunity: the total is their sum, not a second count."""
        sums = {name: sum(getattr(row, name) for row in rows) for name in COUNTS}
        return cls(rows, FunnelRow(**sums))
