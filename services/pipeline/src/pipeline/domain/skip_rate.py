"""The skip rate 跨阶段跳转率: how many of the moves forward went past gates that were not met."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self

from chassis.errors import Invalid, Violation


class SkipGrouping(StrEnum):
    """What rows are grouped by."""

    NOTHING = ""
    REP = "rep"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class SkipRateQuestion:
    """Moves within [`moved_from`, `moved_before`)."""

    group_by: SkipGrouping = SkipGrouping.NOTHING
    moved_from: datetime | None = None
    """None for the beginning."""
    moved_before: datetime | None = None
    """None for now."""
    product_line: str | None = None
    """None for all."""

    def require_span(self) -> None:
        """Refuses a span that ends before it begins.

        Raises:
            Invalid: names the end.
        """
        if self.moved_from and self.moved_before and self.moved_before < self.moved_from:
            raise Invalid([Violation("to", "span.order", "the span cannot end before it begins")])


@dataclass(frozen=True, slots=True)
class SkipRateRow:
    """One group. Moves count to who owned the opportunity when it moved."""

    group: str = ""
    """Id of an owner or a team; empty for the total, and where there is no team."""
    forward_moves: int = 0
    """Advances and skips."""
    skips: int = 0
    skipped_stages: Mapping[str, int] = field(default_factory=dict)
    """How often each stage was jumped over, by its code."""

    @property
    def skip_rate_pct(self) -> float | None:
        """Skips among moves forward in percent, rounded to a hundredth; None where there was no move."""
        return round(100 * self.skips / self.forward_moves, 2) if self.forward_moves else None


@dataclass(frozen=True, slots=True)
class SkipRate:
    """Rows, the highest rate first, and all of them together."""

    rows: Sequence[SkipRateRow]
    total: SkipRateRow

    @classmethod
    def of(cls, rows: Sequence[SkipRateRow]) -> Self:
        """The skip rate of groups that share no move."""
        stages: Counter[str] = Counter()
        for row in rows:
            stages.update(row.skipped_stages)
        total = SkipRateRow("", sum(row.forward_moves for row in rows), sum(row.skips for row in rows), dict(stages))
        ordered = sorted(rows, key=lambda row: (-(row.skip_rate_pct or 0), -row.forward_moves, row.group))
        return cls(ordered, total)
