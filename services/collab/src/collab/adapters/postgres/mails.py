"""E-mails still to be sent: a queue on the rows of their notifications, in real time."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import bindparam, func, select, text, update

from chassis.database import Transaction
from collab.adapters.postgres.notifications import notification_of
from collab.adapters.postgres.tables import notification as table
from collab.application.notification_ports import ClaimedLetter
from collab.domain.ids import NotificationId
from collab.domain.notification import EmailState

_NOW = func.clock_timestamp()


class PostgresMails:
    """The queue of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection

    async def claim(self, size: int, lease: timedelta) -> Sequence[ClaimedLetter]:
        """At most `size` that are due, which nobody else is given while the lease lasts."""
        due = (
            select(table.c.id)
            .where(table.c.email_due_at <= _NOW)
            .order_by(table.c.email_due_at)
            .limit(size)
            .with_for_update(skip_locked=True)
            .cte("due")
            .prefix_with("MATERIALIZED")  # chosen once: inside IN, the planner may choose anew for every row
        )
        claimed = (
            update(table)
            .where(table.c.id == due.c.id)
            .values(email_tries=table.c.email_tries + 1, email_due_at=_NOW + bindparam("lease", lease))
            .returning(table)
        )
        rows = (await self._connection.execute(claimed)).all()
        return [ClaimedLetter(notification_of(row), row.email_tries) for row in rows]

    async def sent(self, notification_id: NotificationId) -> None:
        """The mail server has taken it."""
        await self._settle(notification_id, EmailState.SENT)

    async def failed(self, notification_id: NotificationId) -> None:
        """It was refused for good, or tried for too long."""
        await self._settle(notification_id, EmailState.FAILED)

    async def not_needed(self, notification_id: NotificationId) -> None:
        """Nobody is there any more to send it to."""
        await self._settle(notification_id, EmailState.NONE)

    async def again(self, notification_id: NotificationId, wait: timedelta) -> None:
        """It is to be tried once more after a while."""
        later = update(table).where(table.c.id == notification_id, table.c.email_due_at.is_not(None))
        await self._connection.execute(later.values(email_due_at=_NOW + bindparam("wait", wait)))

    async def next_due_in(self) -> timedelta | None:
        """Time until the next one is due, zero or more; None where none is left."""
        found = await self._connection.scalar(_NEXT)
        return None if found is None else max(found, timedelta(0))

    async def _settle(self, notification_id: NotificationId, state: EmailState) -> None:
        settled = update(table).where(table.c.id == notification_id)
        await self._connection.execute(settled.values(email_state=state.value, email_due_at=None))


_NEXT = text("SELECT min(email_due_at) - clock_timestamp() FROM notification WHERE email_due_at IS NOT NULL")
