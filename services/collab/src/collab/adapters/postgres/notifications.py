"""Notifications in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from chassis.authorization import Scope
from chassis.database import SqlRow, Transaction
from chassis.ids import PersonId
from chassis.pages import Cursor
from collab.adapters.postgres.cursors import by_moment
from collab.adapters.postgres.tables import notification as table
from collab.adapters.postgres.tables import person
from collab.application.notification_ports import KindCount, NotificationFilter
from collab.domain.ids import EventId, NotificationId
from collab.domain.notification import EmailState, Notification, Part


class PostgresNotifications:
    """What the people of the transaction's tenant were told."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def add_new(self, notifications: Sequence[Notification]) -> Sequence[Notification]:
        """Keeps those whose event the person was not told of yet, and returns them in their order."""
        if not notifications:
            return []
        rows = [self._row(notification) for notification in notifications]
        kept = insert(table).values(rows).on_conflict_do_nothing(constraint="notification_once_key")
        new = set((await self._connection.execute(kept.returning(table.c.id))).scalars())
        return [notification for notification in notifications if notification.id in new]

    async def lock(self, notification_id: NotificationId) -> Notification | None:
        """The notification, held until the transaction ends, or None."""
        query = select(table).where(table.c.id == notification_id).with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        return notification_of(row) if row else None

    async def save(self, notification: Notification) -> None:
        """Keeps that it was read."""
        kept = update(table).where(table.c.id == notification.id).values(read_at=notification.read_at)
        await self._connection.execute(kept)

    async def page(
        self, person_id: PersonId, wanted: NotificationFilter, after: Cursor | None, size: int
    ) -> Sequence[Notification]:
        """One person's notifications, newest first, after the cursor, at most `size`."""
        query = select(table).where(table.c.person_id == person_id)
        if wanted.unread_only:
            query = query.where(table.c.read_at.is_(None))
        if wanted.kind:
            query = query.where(table.c.kind == wanted.kind)
        if after:
            query = query.where(tuple_(table.c.occurred_at, table.c.id) < by_moment(after))
        rows = await self._connection.execute(query.order_by(table.c.occurred_at.desc(), table.c.id.desc()).limit(size))
        return [notification_of(row) for row in rows]

    async def unread(self, person_id: PersonId) -> int:
        """How many the person has not read."""
        query = select(func.count()).where(table.c.person_id == person_id, table.c.read_at.is_(None))
        return await self._connection.scalar(query) or 0

    async def unread_urgent_about(self, resource: str) -> Sequence[NotificationId]:
        """Urgent ones about a resource that nobody has read yet."""
        query = select(table.c.id).where(table.c.resource == resource, table.c.is_urgent, table.c.read_at.is_(None))
        return [NotificationId(each) for each in (await self._connection.execute(query)).scalars()]

    async def count(self, scope: Scope, since: datetime | None) -> Sequence[KindCount]:
        """Counts by kind, of people that the scope includes, from a moment on."""
        query = (
            select(table.c.kind, func.count(), func.count(table.c.person_id.distinct()))
            .join(person, person.c.id == table.c.person_id)
            .where(scope.where(person.c.id, person.c.team_id))
            .group_by(table.c.kind)
            .order_by(table.c.kind)
        )
        if since is not None:
            query = query.where(table.c.occurred_at >= since)
        return [KindCount(kind, told, people) for kind, told, people in await self._connection.execute(query)]

    def _row(self, notification: Notification) -> dict[str, object]:
        is_pending = notification.email_state is EmailState.PENDING
        return {
            "id": notification.id,
            "tenant_id": self._tenant_id,
            "event_id": notification.event_id,
            "person_id": notification.person_id,
            "kind": notification.kind,
            "part": notification.part.value,
            "resource": notification.resource,
            "is_urgent": notification.is_urgent,
            "facts": dict(notification.facts),
            "occurred_at": notification.occurred_at,
            "read_at": notification.read_at,
            "email_state": notification.email_state.value,
            "email_due_at": func.clock_timestamp() if is_pending else None,
        }


def notification_of(row: SqlRow) -> Notification:
    """The notification of a row."""
    return Notification(
        id=NotificationId(row.id),
        event_id=EventId(row.event_id),
        person_id=PersonId(row.person_id),
        kind=row.kind,
        part=Part(row.part),
        resource=row.resource,
        occurred_at=row.occurred_at,
        is_urgent=row.is_urgent,
        facts=row.facts,
        read_at=row.read_at,
        email_state=EmailState(row.email_state),
    )
