"""A month has ended: its water lines are checked."""

from chassis.timers import Timer, TimerKind
from scoring.application.schedule_month_check import MONTH_CHECK_TIMER, MonthCheckHandler
from scoring.domain.periods import Month


def month_check(handler: MonthCheckHandler) -> TimerKind:
    """The deadline of a month."""

    async def handle(timer: Timer) -> None:
        await handler(Month.parse(timer.key))

    return TimerKind(MONTH_CHECK_TIMER, handle)
