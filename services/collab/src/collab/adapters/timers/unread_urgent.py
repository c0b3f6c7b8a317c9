"""An urgent notification was not read in time."""

from chassis.timers import Timer, TimerKind
from collab.application.announce import UNREAD_URGENT_TIMER
from collab.application.escalate_unread import EscalateUnread, EscalateUnreadHandler
from collab.domain.ids import NotificationId


def unread_urgent(escalate: EscalateUnreadHandler) -> TimerKind:
    """The deadline by which urgent notifications are to be read."""

    async def handle(timer: Timer) -> None:
        await escalate(EscalateUnread(NotificationId(timer.key), timer.due_at))

    return TimerKind(UNREAD_URGENT_TIMER, handle)
