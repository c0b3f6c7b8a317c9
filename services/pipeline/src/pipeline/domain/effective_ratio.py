"""The effective ratio 有效跟进率: how many follow-ups met the standard that held for them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self

from chassis.errors import Invalid, Violation


class RatioGrouping(StrEnum):
    """What rows are grouped by."""

    NOTHING = ""
    REP = "rep"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class EffectiveRatioQuestion:
    """Contacts within [`occurred_from`, `occurred_before`)."""

    group_by: RatioGrouping = RatioGrouping.NOTHING
    occurred_from: datetime | None = None
    """None for the beginning."""
    occurred_before: datetime | None = None
    """None for now."""
    customer_type: str | None = None
    """None for all."""

    def require_span(self) -> None:
        """Refuses a span that ends before it begins.

        Raises:
            Invalid: names the end.
        """
        if self.occurred_from and self.occurred_before and self.occurred_before < self.occurred_from:
            raise Invalid([Violation("to", "span.order", "the span cannot end before it begins")])


@dataclass(frozen=True, slots=True)
class EffectiveRatioRow:
    """One group. Follow-ups count to who recorded them, in the team of that time."""

    group: str = ""
    """Id of a person or a team; empty for the total, and where there is no team."""
    follow_ups: int = 0
    effective: int = 0
    missing: Mapping[str, int] = field(default_factory=dict)
    """How often each criterion was missing."""

    @property
    def effective_ratio_pct(self) -> float | None:
        """Effective ones in percent, rounded to a hundredth; None where there was no follow-up."""
        return round(100 * self.effective / self.follow_ups, 2) if self.follow_ups else None


@dataclass(frozen=True, slots=True)
class EffectiveRatio:
    """Rows, the lowest ratio first, and all of them together."""

    rows: Sequence[EffectiveRatioRow]
    total: EffectiveRatioRow

    @classmethod
    def of(cls, rows: Sequence[EffectiveRatioRow]) -> Self:
        """The ratio of groups that share no follow-up."""
        missing: Counter[str] = Counter()
        for row in rows:
            missing.update(row.missing)
        follow_ups, effective = sum(row.follow_ups for row in rows), sum(row.effective for row in rows)
        ordered = sorted(rows, key=lambda row: (row.effective_ratio_pct or 0, -row.follow_ups, row.group))
        return cls(ordered, EffectiveRatioRow("", follow_ups, effective, dict(missing)))
