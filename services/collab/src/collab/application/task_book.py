"""How a change of a task is kept: its row, its alarm, the fact, the row of the audit, and who is told."""

from collections.abc import Mapping
from dataclasses import dataclass

from chassis.audit import State
from chassis.ids import PersonId, new_id
from collab.application.announce import Announcer
from collab.application.task_ports import Company, TaskWork
from collab.domain.ids import EventId
from collab.domain.notification import Part
from collab.domain.task import Task, TaskState
from collab.domain.task_alarms import next_alarm
from collab.domain.task_events import (
    TaskAssigned,
    TaskCancelled,
    TaskChanged,
    TaskCompleted,
    TaskCreated,
    TaskFact,
    TaskReopened,
)
from collab.domain.task_news import TaskNews, TaskNewsKind

TASK_ALARM_TIMER = "task.alarm"


@dataclass(frozen=True, slots=True)
class TaskBook:
    """Each task has one deadline at a time: the next moment at which somebody is told of it."""

    announcer: Announcer
    company: Company

    async def keep_new(self, work: TaskWork, task: Task) -> None:
        """Keeps a new task; an assignee whom somebody else gave it is told."""
        await work.tasks.save(task)
        work.outbox.append(TaskCreated(task))
        audit(work, "task.create", None, task)
        await self.set_alarm(work, task, after=-1)
        if task.creator_id not in (None, task.assignee.person_id):
            await self.tell(work, task, TaskNewsKind.ASSIGNED, {task.assignee.person_id: Part.OWNER})

    async def keep_change(self, work: TaskWork, before: Task, after: Task, action: str, reason: str = "") -> None:
        """Keeps a task that really changed, and tells of it; does nothing where it did not."""
        if after is before:
            return
        await work.tasks.save(after)
        work.outbox.append(_fact(before, after))
        audit(work, action, before, after, reason)
        if not after.is_open:
            await work.timers.cancel_many(TASK_ALARM_TIMER, [after.id])
        elif not before.is_open or after.due_at != before.due_at:
            await self.set_alarm(work, after, after=-1)

    async def set_alarm(self, work: TaskWork, task: Task, *, after: int) -> None:
        """Sets the alarm that follows on one, by its place; -1 for the first."""
        days = await self.company.working_days(work.tenant_id)
        alarm = next_alarm(task.due_at, await work.task_settings.get(), days, after=after, now=work.now)
        if alarm is not None:
            payload = {"place": alarm.place, "levels_up": alarm.levels_up}
            await work.timers.set(TASK_ALARM_TIMER, task.id, alarm.at, payload)

    async def tell(self, work: TaskWork, task: Task, kind: TaskNewsKind, people: Mapping[PersonId, Part]) -> None:
        """Tells people of the task."""
        news = TaskNews(kind, EventId(new_id()), task.id, work.now, task.due_at, people)
        await self.announcer.tell(work, news, is_urgent=False)


def audit(work: TaskWork, action: str, before: Task | None, after: Task, reason: str = "") -> None:
    """A row of the audit: ids, codes and moments, no words of the task."""
    facts = _facts(after)
    work.audit.record(
        action=action,
        resource=f"tasks/{after.id}",
        before=_facts(before) if before else None,
        after={**facts, "reason": reason} if reason else facts,
    )


def _facts(task: Task) -> State:
    return {
        "kind": task.kind,
        "assignee_id": task.assignee.person_id,
        "customer_id": task.subject.customer_id,
        "due_at": task.due_at.isoformat(),
        "state": task.state.value,
        "told_levels_up": task.told_levels_up,
    }


def _fact(before: Task, after: Task) -> TaskFact:
    if before.state is after.state:
        return TaskAssigned(after) if before.assignee != after.assignee else TaskChanged(after)
    match after.state:
        case TaskState.DONE:
            return TaskCompleted(after)
        case TaskState.CANCELLED:
            return TaskCancelled(after)
        case TaskState.OPEN:
            return TaskReopened(after)
