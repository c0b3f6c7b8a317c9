"""Tell people that a task is due, and those above them that it is overdue."""

from collections.abc import Mapping
from dataclasses import dataclass

from chassis.ids import PersonId
from collab.application.task_book import TaskBook, audit
from collab.application.task_ports import TaskUnitOfWork, TaskWork
from collab.domain.ids import TaskId
from collab.domain.notification import Part
from collab.domain.task_events import TaskOverdue
from collab.domain.task_news import TaskNewsKind


@dataclass(frozen=True, slots=True)
class RingTask:
    """An alarm of a task has come."""

    task_id: TaskId
    place: int
    """0 the reminder, from 1 the steps of the settings."""
    levels_up: int


@dataclass(frozen=True, slots=True)
class RingTaskHandler:
    """Each alarm sets the one that follows; all count from the due time, not from the moment of their handling."""

    unit_of_work: TaskUnitOfWork
    book: TaskBook

    async def __call__(self, command: RingTask) -> None:
        """Tells whom the alarm is for; nobody where the task was closed."""
        async with self.unit_of_work.begin() as work:
            task = await work.tasks.lock(command.task_id)
            if task is None or not task.is_open:
                return
            owner = task.assignee.person_id
            if command.place == 0:
                await self.book.tell(work, task, TaskNewsKind.DUE_SOON, {owner: Part.OWNER})
            else:
                after = task.told(command.levels_up, work.now)
                await work.tasks.save(after)
                work.outbox.append(TaskOverdue(after))
                audit(work, "task.overdue", task, after)
                kind = TaskNewsKind.OVERDUE if command.levels_up else TaskNewsKind.DUE
                await self.book.tell(work, after, kind, await _above(work, owner, command.levels_up))
            await self.book.set_alarm(work, task, after=command.place)


async def _above(work: TaskWork, owner: PersonId, levels_up: int) -> Mapping[PersonId, Part]:
    """Who stands so many levels above, or at the top of a shorter line; people who have left are passed over."""
    if levels_up == 0:
        return {owner: Part.OWNER}
    line: list[PersonId] = []
    seen = {owner}
    person = await work.people.get(owner)
    while person is not None and person.supervisor_id is not None and person.supervisor_id not in seen:
        seen.add(person.supervisor_id)
        person = await work.people.get(person.supervisor_id)
        if person is not None and person.is_active:
            line.append(person.id)
    return {line[min(levels_up, len(line)) - 1]: Part.SUPERVISOR} if line else {}
