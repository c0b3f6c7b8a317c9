"""What happens to the water lines 过程水位线 of somebody, and who is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from chassis.ids import PersonId, TeamId
from collab.domain.ids import EventId
from collab.domain.notification import Part


class WaterLineNewsKind(StrEnum):
    """Kinds of notifications about water lines."""

    BREACHED = "water_line.breached"
    RECOVERED = "water_line.recovered"


@dataclass(frozen=True, slots=True)
class WaterLineNews:
    """A metric of a rep, a team or the company fell below its line, or stands above it again. Managers are told."""

    kind: WaterLineNewsKind
    event_id: EventId
    occurred_at: datetime
    alarm_id: str
    manager_ids: tuple[PersonId, ...]
    facts: Mapping[str, str]
    team_id: TeamId | None = None
    """Whose line it is, where it is a team's."""

    def of_team(self, name: str) -> Self:
        """The same, saying the team's name. A rep is told of by id: notifications hold no personal data."""
        return replace(self, facts={**self.facts, "subject": name})

    @property
    def resource(self) -> str:
        """The alarm, as in its URL."""
        return f"water-line-alarms/{self.alarm_id}"

    def concerned(self, *, is_urgent: bool) -> dict[PersonId, Part]:  # noqa: ARG002 - other news depend on it
        """The managers, whether it is urgent or not."""
        return dict.fromkeys(self.manager_ids, Part.SUPERVISOR)
