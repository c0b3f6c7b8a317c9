"""NotificationService: what people were told."""

import grpc

from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from chassis.proto_values import moment_of
from collab.adapters.grpc import notification_mapping as mapping
from collab.application.find_notifications import NotificationFinder
from collab.application.mark_notification_read import MarkNotificationReadHandler
from collab.application.notification_ports import NotificationFilter, NotificationTexts
from collab.domain.ids import NotificationId
from throughline.collab.v1 import notification_service_pb2 as pb
from throughline.collab.v1.notification_service_pb2_grpc import NotificationServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class NotificationServicer(NotificationServiceServicer):
    """Parse, call, render."""

    def __init__(
        self, find: NotificationFinder, mark_read: MarkNotificationReadHandler, texts: NotificationTexts
    ) -> None:
        self._find = find
        self._mark_read = mark_read
        self._texts = texts

    async def ListNotifications(
        self, request: pb.ListNotificationsRequest, context: Context
    ) -> pb.ListNotificationsResponse:
        size = size_of(request)
        wanted = NotificationFilter(request.unread_only, request.kind)
        found = await self._find.own(wanted, cursor_of(request), size + 1)
        page, more = found.notifications[:size], len(found.notifications) > size
        token = token_after(request, key=(page[-1].occurred_at.isoformat(),), id=page[-1].id) if more else ""
        messages = [mapping.notification_message(each, found.zone, self._texts) for each in page]
        return pb.ListNotificationsResponse(notifications=messages, next_page_token=token, unread=found.unread)

    async def MarkNotificationRead(
        self, request: pb.MarkNotificationReadRequest, context: Context
    ) -> pb.MarkNotificationReadResponse:
        marked = self._mark_read(NotificationId(request.notification_id.lower()))
        return await answered(marked, mapping.marked_read(self._texts))

    async def CountNotifications(
        self, request: pb.CountNotificationsRequest, context: Context
    ) -> pb.CountNotificationsResponse:
        # The field is called `from`, which Python keeps for itself.
        since = moment_of(getattr(request, "from")) if request.HasField("from") else None
        counts = await self._find.count(since)
        return pb.CountNotificationsResponse(counts=[mapping.count_message(count) for count in counts])
