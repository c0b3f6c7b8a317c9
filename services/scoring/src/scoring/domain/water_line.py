"""The water lines 过程水位线 and their alarms: a metric of somebody fell below its line in a month, and recovered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chassis.ids import PersonId, TeamId
from scoring.domain.funnel import Grouping
from scoring.domain.ids import AlarmId
from scoring.domain.metric import Metric, Reckoned
from scoring.domain.periods import Month


class SubjectKind(StrEnum):
    """Whose figures are checked."""

    TENANT = "tenant"
    TEAM = "team"
    REP = "rep"

    @property
    def grouping(self) -> Grouping:
        """By which their figures are counted."""
        return {
            SubjectKind.TENANT: Grouping.NOTHING,
            SubjectKind.TEAM: Grouping.TEAM,
            SubjectKind.REP: Grouping.REP,
        }[self]


@dataclass(frozen=True, slots=True)
class Subject:
    """The whole tenant, a team or a rep."""

    kind: SubjectKind
    id: str = ""
    """Empty for the tenant."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """The first check after an alarm at which the metric stood above its line again."""

    at: datetime
    month: Month
    """Whose figures showed it."""
    value: float


@dataclass(frozen=True, slots=True)
class WaterLineAlarm:
    """At most one for a metric, a subject and a month, however often the month is checked."""

    id: AlarmId
    metric_code: str
    metric_version: int
    subject: Subject
    team_id: TeamId | None
    """The team, or that of the rep; None for the tenant."""
    month: Month
    numerator: int
    denominator: int
    value: float
    breached_at: datetime
    recovery: Recovery | None = None

    @classmethod
    def raised(
        cls,
        alarm_id: AlarmId,
        subject: Subject,
        reckoned: Reckoned,
        *,
        team_id: TeamId | None,
        month: Month,
        at: datetime,
    ) -> WaterLineAlarm:
        """The alarm over a value that was judged so.

        Raises:
            ValueError: there is no value.
        """
        if reckoned.value is None:
            raise ValueError("a value that alarms is there")
        metric = reckoned.metric
        return cls(
            alarm_id,
            metric.code,
            metric.version,
            subject,
            team_id,
            month,
            reckoned.numerator,
            reckoned.denominator,
            reckoned.value,
            at,
        )

    def recovered(self, recovery: Recovery) -> WaterLineAlarm:
        """The alarm, over; the first recovery counts."""
        return self if self.recovery is not None else replace(self, recovery=recovery)


@dataclass(frozen=True, slots=True)
class WaterLineBreached:
    """A metric fell below its line."""

    alarm: WaterLineAlarm
    metric: Metric
    managers: tuple[PersonId, ...]
    """Who is told."""


@dataclass(frozen=True, slots=True)
class WaterLineRecovered:
    """It stands above it again."""

    alarm: WaterLineAlarm
    metric: Metric
    managers: tuple[PersonId, ...]
