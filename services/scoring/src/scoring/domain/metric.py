"""A metric of the dictionary 指标口径: what a figure means, who answers for it, and how it is reckoned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from chassis.document_fields import Choice, Number, OrNull, choice, field_of, list_of, section, text, whole
from scoring.domain.funnel import COUNTS

CUSTOMER_FIGURES = ("customers", "completeness_points")
"""Customers in use, and the sum of their completeness in whole percent."""
FIGURES = (*COUNTS, *CUSTOMER_FIGURES)
"""What the warehouse counts, and so all that a formula may be made of."""
ANSWERED_ELSEWHERE = (
    "CustomerService.GetCompleteness",
    "LeadService.GetConservation",
    "LeadService.GetResponseTimes",
    "OpportunityService.GetSkipRate",
)
"""Calls of other services whose figures the dictionary defines and the warehouse does not count."""

_TENTHS = 10
_TEXT = r"\S.{0,499}"
_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Unit(StrEnum):
    """What a value of the metric says."""

    COUNT = "count"
    """The numerator as it stands."""
    PERCENT = "percent"
    """The numerator's share in the denominator, of 100."""
    MEAN_PERCENT = "mean_percent"
    """The numerator sums percents; the denominator says of how many."""
    MINUTES = "minutes"


class Verdict(StrEnum):
    """How a value stands to its band."""

    NONE = ""
    """The metric has no band."""
    TOO_LITTLE_DATA = "too_little_data"
    ALARM = "alarm"
    LOW = "low"
    """Below the healthy band, and not so far that it alarms."""
    HEALTHY = "healthy"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Where values are healthy, in tenths of the metric's unit."""

    healthy_from: int = field_of(Number(0, 1_000_000, _TENTHS))
    healthy_to: int | None = field_of(OrNull(Number(0, 1_000_000, _TENTHS)), None)
    """None where more is never worse."""
    alarm_below: int | None = field_of(OrNull(Number(0, 1_000_000, _TENTHS)), None)
    """Below it people are alarmed: this makes a metric a water line. None for a band that only shows."""
    minimum: int = whole(20, 1, 1_000_000)
    """Denominator below which a value says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One version of a definition. Both languages say the same."""

    code: str
    version: int
    """0 for a definition that every tenant begins with."""
    name_zh: str = text(_TEXT, "must be a text of 1 to 500 characters")
    name_en: str = text(_TEXT, "must be a text of 1 to 500 characters")
    owner_role: str = text(r"[a-z][a-z_]{0,49}", "must be the name of a role")
    """Role that answers for the definition."""
    owner_person_id: str = text(f"({_UUID})?", "must be the id of a person", "")
    """Person who does; empty for whoever holds the role."""
    formula_zh: str = text(_TEXT, "must be a text of 1 to 500 characters")
    formula_en: str = text(_TEXT, "must be a text of 1 to 500 characters")
    grain_zh: str = text(_TEXT, "must be a text of 1 to 500 characters")
    """What one unit of it is, and at which moment it counts."""
    grain_en: str = text(_TEXT, "must be a text of 1 to 500 characters")
    unit: str = choice(Unit.COUNT, *Unit)
    numerator: tuple[str, ...] = list_of(Choice(FIGURES), 10)
    """Figures of the warehouse that are added up."""
    denominator: tuple[str, ...] = list_of(Choice(FIGURES), 10)
    answered_by: str = field_of(Choice(("", *ANSWERED_ELSEWHERE)), "")
    """Call that answers a metric without a formula over the warehouse."""
    band: Band | None = field(default=None, metadata=section(Band, or_null=True))

    @property
    def is_counted(self) -> bool:
        """Whether the warehouse can reckon it."""
        return bool(self.numerator)

    @property
    def is_water_line(self) -> bool:
        """Whether people are alarmed when it falls."""
        return self.band is not None and self.band.alarm_below is not None

    @property
    def alarm_line(self) -> float:
        """The line below which it alarms, in its unit; 0 where it has none."""
        return (self.band.alarm_below or 0) / _TENTHS if self.band else 0.0

    @property
    def figures(self) -> frozenset[str]:
        """All that it is reckoned from."""
        return frozenset((*self.numerator, *self.denominator))

    def reckon(self, figures: Mapping[str, int]) -> Reckoned:
        """Its value over counted figures; what is not among them counts as 0."""
        numerator = sum(figures.get(name, 0) for name in self.numerator)
        denominator = sum(figures.get(name, 0) for name in self.denominator)
        return Reckoned(self, numerator, denominator)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A value with what it was reckoned from."""

    metric: Metric
    numerator: int
    denominator: int
    """0 for a metric that is a plain count."""

    @property
    def value(self) -> float | None:
        """In the metric's unit, with two decimals; None where there is nothing to divide by."""
        if not self.metric.denominator:
            return float(self.numerator)
        if self.denominator == 0:
            return None
        return round(self._factor * self.numerator / self.denominator, 2)

    @property
    def verdict(self) -> Verdict:
        """How the exact value, not the rounded one, stands to the band."""
        band = self.metric.band
        if band is None:
            return Verdict.NONE
        if self.denominator < band.minimum:
            return Verdict.TOO_LITTLE_DATA
        if band.alarm_below is not None and self._is_below(band.alarm_below):
            return Verdict.ALARM
        if self._is_below(band.healthy_from):
            return Verdict.LOW
        if band.healthy_to is not None and self._is_above(band.healthy_to):
            return Verdict.HIGH
        return Verdict.HEALTHY

    @property
    def _factor(self) -> int:
        return 100 if self.metric.unit == Unit.PERCENT else 1

    def _is_below(self, tenths: int) -> bool:
        return self._factor * self.numerator * _TENTHS < tenths * self.denominator

    def _is_above(self, tenths: int) -> bool:
        return self._factor * self.numerator * _TENTHS > tenths * self.denominator
