"""Facts that the service tells: whole present states of the directory, and notifications that came up or were read."""

from dataclasses import dataclass

from chassis.ids import TenantId
from collab.domain.notification import Notification
from collab.domain.person import Person
from collab.domain.task_events import TaskFact
from collab.domain.team import Team
from collab.domain.tenant import Tenant
from collab.domain.work_calendar import WorkCalendar


@dataclass(frozen=True, slots=True)
class TenantChanged:
    """A tenant was made or changed."""

    tenant: Tenant


@dataclass(frozen=True, slots=True)
class TeamChanged:
    """A team was made or changed."""

    team: Team


@dataclass(frozen=True, slots=True)
class PersonChanged:
    """A person was made, changed or deactivated."""

    person: Person


@dataclass(frozen=True, slots=True)
class CalendarChanged:
    """The working calendar was made or changed."""

    tenant_id: TenantId
    calendar: WorkCalendar


@dataclass(frozen=True, slots=True)
class NotificationCreated:
    """Somebody has something new to read."""

    notification: Notification


@dataclass(frozen=True, slots=True)
class NotificationRead:
    """Somebody has read it, so that the count on other screens falls."""

    notification: Notification


Fact = TenantChanged | TeamChanged | PersonChanged | CalendarChanged | NotificationCreated | NotificationRead | TaskFact
