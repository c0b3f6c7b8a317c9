"""What water lines need from outside, in the words of the domain."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chassis.authorization import Scope
from chassis.ids import PersonId, TeamId
from chassis.pages import Cursor
from scoring.domain.periods import Month
from scoring.domain.water_line import Subject, WaterLineAlarm


@dataclass(frozen=True, slots=True)
class AlarmFilter:
    """Which alarms are wanted; defaults do not narrow."""

    metric_code: str = ""
    month: Month | None = None
    open_only: bool = False


class WaterLineAlarms(Protocol):
    """The tenant's alarms."""

    async def hold(self) -> None:
        """Lets nobody else check until the transaction ends."""
        ...

    async def of_month(self, month: Month) -> Sequence[WaterLineAlarm]:
        """All alarms over figures of the month, open or not."""
        ...

    async def open_until(self, month: Month) -> Sequence[WaterLineAlarm]:
        """Alarms over figures of the month or of earlier ones that have not recovered."""
        ...

    async def save(self, alarm: WaterLineAlarm) -> None:
        """Keeps a new or changed alarm."""
        ...

    async def page(
        self, wanted: AlarmFilter, scope: Scope, after: Cursor | None, size: int
    ) -> Sequence[WaterLineAlarm]:
        """Alarms that the scope includes, newest first, after the cursor, at most `size`.

        A rep's alarm is the rep's, a team's is the team's; the tenant's is for those who see everything.
        """
        ...


class Company(Protocol):
    """Who answers for whom."""

    async def managers_of(self, tenant_id: str, subject: Subject) -> Sequence[PersonId]:
        """Active people who are told of a subject's alarms: a rep's supervisor, a team's leader, the directors."""
        ...

    async def team_of(self, tenant_id: str, person_id: str) -> TeamId | None:
        """A person's team; None where it is not known."""
        ...
