"""Mark a notification as read."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from chassis.errors import NotFound
from collab.application.announce import UNREAD_URGENT_TIMER
from collab.application.find_notifications import calling_person, zone_of
from collab.application.ports import UnitOfWork
from collab.domain.events import NotificationRead
from collab.domain.ids import NotificationId
from collab.domain.notification import Notification


@dataclass(frozen=True, slots=True)
class MarkNotificationReadHandler:
    """Reading it a second time changes nothing."""

    unit_of_work: UnitOfWork

    async def __call__(self, notification_id: NotificationId) -> tuple[Notification, ZoneInfo]:
        """Marks the caller's notification; with it the zone that its text needs.

        Raises:
            NotFound: there is none, or it is somebody else's.
            Forbidden: a service calls.
        """
        person_id = calling_person()
        async with self.unit_of_work.begin() as work:
            before = await work.notifications.lock(notification_id)
            if before is None or before.person_id != person_id:
                raise NotFound("notification", notification_id)
            after = before.read(work.now)
            if after is not before:
                await work.notifications.save(after)
                await work.timers.cancel_many(UNREAD_URGENT_TIMER, [notification_id])
                work.outbox.append(NotificationRead(after))
            return await work.answer((after, await zone_of(work)))
