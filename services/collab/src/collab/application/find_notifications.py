"""Read notifications: one's own, and counts of them for those who supervise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from chassis import context
from chassis.authorization import Authorizer
from chassis.errors import Forbidden
from chassis.ids import PersonId
from chassis.pages import Cursor
from collab.application.notification_ports import KindCount, NotificationFilter
from collab.application.ports import UnitOfWork, Work
from collab.domain.notification import Notification

SELF = "notification.self"


@dataclass(frozen=True, slots=True)
class NotificationPage:
    """Notifications with what their texts need."""

    notifications: Sequence[Notification]
    unread: int
    """In all, whatever the filter."""
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class NotificationFinder:
    """Everybody reads their own notifications, whatever the role; counts follow the role's scope."""

    unit_of_work: UnitOfWork
    authorizer: Authorizer

    async def own(self, wanted: NotificationFilter, after: Cursor | None, size: int) -> NotificationPage:
        """The caller's notifications, newest first, at most `size`.

        Raises:
            Forbidden: a service calls.
        """
        person_id = calling_person()
        async with self.unit_of_work.begin() as work:
            page = await work.notifications.page(person_id, wanted, after, size)
            return NotificationPage(page, await work.notifications.unread(person_id), await zone_of(work))

    async def count(self, since: datetime | None) -> Sequence[KindCount]:
        """Counts by kind, of the people that the caller supervises."""
        async with self.unit_of_work.begin() as work:
            return await work.notifications.count(self.authorizer.scope("notification.overview"), since)


def calling_person() -> PersonId:
    """The person who calls.

    Raises:
        Forbidden: a service calls; it has no notifications.
    """
    person_id = context.current().principal.person_id
    if person_id is None:
        raise Forbidden(SELF)
    return person_id


async def zone_of(work: Work) -> ZoneInfo:
    """Zone in which the tenant's people read times."""
    tenant = await work.tenants.get()
    return ZoneInfo(tenant.zone if tenant else "UTC")
