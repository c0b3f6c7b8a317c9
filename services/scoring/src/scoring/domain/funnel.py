"""The funnel 销售漏斗: how many leads reached which step, and what became of opportunities."""

from collections import Counter
from collections.abc import Iterator, Sequence
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
    """Day of receipt, and of an opportunity's creation or decision, in the tenant's zone."""
    PRODUCT_LINE = "product_line"
    REGION = "region"
    INDUSTRY = "industry"
    WEEK = "week"
    """ISO 8601, as `2026-W11`."""
    MONTH = "month"
    STAGE = "stage"
    """Of opportunities; leads have none."""

    @property
    def is_time(self) -> bool:
        """Whether groups are spans of time, which come in their order."""
        return self in (Grouping.DAY, Grouping.WEEK, Grouping.MONTH)


@dataclass(frozen=True, slots=True)
class FunnelQuestion:
    """What happened within [`received_from`, `received_before`), as known at a moment: leads received, opportunities
    created, opportunities decided."""

    group_by: Grouping = Grouping.NOTHING
    received_from: datetime | None = None
    """None for the beginning."""
    received_before: datetime | None = None
    """None for now."""
    known_at: datetime | None = None
    """Only facts recorded before it count; None for all."""
    then_by: tuple[Grouping, ...] = ()
    """Further dimensions that each group is parted by."""

    @property
    def groupings(self) -> tuple[Grouping, ...]:
        """All dimensions, the first one first."""
        return (self.group_by, *self.then_by)

    def require_sound(self) -> None:
        """Refuses a span that ends before it begins, and dimensions that part nothing.

        Raises:
            Invalid: names every fault.
        """
        if faults := list(self.faults()):
            raise Invalid(faults)

    def faults(self) -> Iterator[Violation]:
        """What is wrong with the question."""
        if self.received_from and self.received_before and self.received_before < self.received_from:
            yield Violation("to", "span.order", "the span cannot end before it begins")
        if self.then_by and self.group_by is Grouping.NOTHING:
            yield Violation("then_by", "grouping.first", "comes after group_by, which is not set")
        counts = Counter(self.groupings)
        for place, grouping in enumerate(self.then_by):
            path = f"then_by[{place}]"
            if grouping is Grouping.NOTHING:
                yield Violation(path, "grouping.unspecified", "must name a dimension")
            elif counts[grouping] > 1:
                yield Violation(path, "grouping.repeated", f"{grouping} is there twice")


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
    with_opportunity: int = 0
    """Leads from which an opportunity came."""
    decided_won: int = 0
    """Opportunities won within the span, whenever they were created; one that was reopened is not."""
    decided_lost: int = 0
    """Opportunities lost within the span, whenever they were created; one that was reopened is not."""
    then: tuple[str, ...] = ()
    """Values of the further dimensions."""

    @property
    def groups(self) -> tuple[str, ...]:
        """Values of all dimensions."""
        return (self.group, *self.then)


COUNTS = tuple(count.name for count in fields(FunnelRow) if count.name not in ("group", "then"))
"""Names of the counts, in the order of the fields of a row."""
JOINED = "joined"
"""The count of submissions, each joined to a lead."""
DECISION_COUNTS = ("decided_won", "decided_lost")
OPPORTUNITY_COUNTS = ("opportunities_created", "opportunities_won", "opportunities_lost", *DECISION_COUNTS)
LEAD_COUNTS = tuple(name for name in COUNTS if name not in OPPORTUNITY_COUNTS)
"""Counts of leads and of submissions that were joined to one."""


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
