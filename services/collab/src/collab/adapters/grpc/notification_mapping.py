"""Notifications: results to messages, in the reader's language."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from chassis import context
from chassis.proto_values import timestamp_of
from collab.application.notification_ports import KindCount, NotificationTexts
from collab.domain.notification import Notification
from throughline.collab.v1 import notification_service_pb2 as pb


def notification_message(notification: Notification, zone: ZoneInfo, texts: NotificationTexts) -> pb.Notification:
    """A notification as its reader sees it."""
    return pb.Notification(
        notification_id=notification.id,
        kind=notification.kind,
        text=texts.text(notification, context.current().locale, zone),
        resource=notification.resource,
        is_urgent=notification.is_urgent,
        occurred_at=timestamp_of(notification.occurred_at),
        read_at=timestamp_of(notification.read_at) if notification.read_at else None,
        email_state=notification.email_state.value,
        person_id=notification.person_id,
    )


def marked_read(
    texts: NotificationTexts,
) -> Callable[[tuple[Notification, ZoneInfo]], pb.MarkNotificationReadResponse]:
    """Renders the answer to a marking."""

    def render(result: tuple[Notification, ZoneInfo]) -> pb.MarkNotificationReadResponse:
        notification, zone = result
        return pb.MarkNotificationReadResponse(notification=notification_message(notification, zone, texts))

    return render


def count_message(count: KindCount) -> pb.NotificationCount:
    """A count as callers see it."""
    return pb.NotificationCount(kind=count.kind, notifications=count.notifications, people=count.people)
