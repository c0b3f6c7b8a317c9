"""A task is due soon, due or overdue."""

from chassis.timers import Timer, TimerKind
from collab.application.ring_task import RingTask, RingTaskHandler
from collab.application.task_book import TASK_ALARM_TIMER
from collab.domain.ids import TaskId


def task_alarm(ring: RingTaskHandler) -> TimerKind:
    """The moment at which somebody is told of a task."""

    async def handle(timer: Timer) -> None:
        place, levels_up = (int(timer.payload[name] or 0) for name in ("place", "levels_up"))
        await ring(RingTask(TaskId(timer.key), place, levels_up))

    return TimerKind(TASK_ALARM_TIMER, handle)
