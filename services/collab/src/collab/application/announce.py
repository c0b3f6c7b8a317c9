"""How people come to know: notifications are kept once, shown at once, mailed afterwards, escalated when unread."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from chassis.ids import PersonId, new_id
from collab.application.notification_ports import MailRoom
from collab.application.ports import Work
from collab.domain.events import NotificationCreated
from collab.domain.ids import NotificationId
from collab.domain.news import News
from collab.domain.notification import EmailState, Notification, Part
from collab.domain.person import Person

UNREAD_URGENT_TIMER = "notification.unread_urgent"


@dataclass(frozen=True, slots=True)
class Announcer:
    """Tells each person once per event, however often the event arrives."""

    escalate_after: timedelta
    mail_room: MailRoom | None
    """None where no mail server is set."""

    async def tell(self, work: Work, news: News, *, is_urgent: bool) -> None:
        """Notifies those whom the news concern. People who are not here, or not active, are passed over."""
        concerned = news.concerned(is_urgent=is_urgent)
        people = await work.people.get_many(concerned) if concerned else []
        wanted = [self._notification(news, person, concerned, is_urgent) for person in people if person.is_active]
        for notification in await work.notifications.add_new(wanted):
            work.outbox.append(NotificationCreated(notification))
            await self._watch(work, notification)
            if notification.email_state is EmailState.PENDING and self.mail_room is not None:
                work.after_commit(partial(self.mail_room.wake, work.tenant_id))

    def _notification(
        self, news: News, person: Person, concerned: Mapping[PersonId, Part], is_urgent: bool
    ) -> Notification:
        has_mail = self.mail_room is not None and bool(person.email)
        return Notification(
            id=NotificationId(new_id()),
            event_id=news.event_id,
            person_id=person.id,
            kind=news.kind,
            part=concerned[person.id],
            resource=news.resource,
            occurred_at=news.occurred_at,
            is_urgent=is_urgent,
            facts=news.facts,
            email_state=EmailState.PENDING if has_mail else EmailState.NONE,
        )

    async def _watch(self, work: Work, notification: Notification) -> None:
        due_at = notification.escalates_at(self.escalate_after)
        if due_at is not None:
            payload = {"notification_id": notification.id}
            await work.timers.set(UNREAD_URGENT_TIMER, notification.id, due_at, payload)


async def stop_watching(work: Work, resource: str) -> None:
    """Nobody is told any more that urgent notifications about the resource are unread: it was taken care of."""
    unread = await work.notifications.unread_urgent_about(resource)
    await work.timers.cancel_many(UNREAD_URGENT_TIMER, list(unread))
