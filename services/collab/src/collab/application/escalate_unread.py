"""Tell the supervisor that an urgent notification was not read in time."""

from dataclasses import dataclass
from datetime import datetime

from collab.application.announce import Announcer
from collab.application.ports import UnitOfWork, Work
from collab.domain.ids import LeadId, NotificationId
from collab.domain.lead_news import LeadNews, NewsKind
from collab.domain.notification import Notification
from collab.domain.person import Person


@dataclass(frozen=True, slots=True)
class EscalateUnread:
    """A notification whose time to be read is over."""

    notification_id: NotificationId
    due_at: datetime


@dataclass(frozen=True, slots=True)
class EscalateUnreadHandler:
    """A supervisor whom the same event has told already is not told twice."""

    unit_of_work: UnitOfWork
    announcer: Announcer

    async def __call__(self, command: EscalateUnread) -> None:
        """Tells the nearest active supervisor, where there is one and the notification is still unread."""
        async with self.unit_of_work.begin() as work:
            notification = await work.notifications.lock(command.notification_id)
            if notification is None or notification.read_at is not None:
                return
            supervisor = await _nearest_supervisor(work, notification)
            if supervisor is not None:
                news = _news(notification, supervisor, command.due_at)
                await self.announcer.tell(work, news, is_urgent=True)


async def _nearest_supervisor(work: Work, notification: Notification) -> Person | None:
    seen = {notification.person_id}
    person = await work.people.get(notification.person_id)
    while person is not None and person.supervisor_id is not None and person.supervisor_id not in seen:
        seen.add(person.supervisor_id)
        person = await work.people.get(person.supervisor_id)
        if person is not None and person.is_active:
            return person
    return None


def _news(notification: Notification, supervisor: Person, due_at: datetime) -> LeadNews:
    return LeadNews(
        NewsKind.UNREAD_URGENT,
        notification.event_id,
        LeadId(notification.facts["lead_id"]),
        occurred_at=due_at,
        owner_id=notification.person_id,
        supervisor_ids=(supervisor.id,),
    )
