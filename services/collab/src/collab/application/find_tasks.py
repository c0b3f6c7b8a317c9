"""Read tasks within what the caller may see."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chassis import context
from chassis.pages import Cursor
from collab.application.customer_access import CustomerAccess
from collab.application.task_desk import READ, TaskAccess
from collab.application.task_ports import TaskFilter, TaskReach, TaskUnitOfWork
from collab.domain.ids import CustomerId, TaskId
from collab.domain.task import Task


@dataclass(frozen=True, slots=True)
class FoundTasks:
    """Tasks, and the business time by which they are overdue or not."""

    tasks: Sequence[Task]
    now: datetime


@dataclass(frozen=True, slots=True)
class TaskFinder:
    """Answers what callers ask about tasks."""

    unit_of_work: TaskUnitOfWork
    access: TaskAccess
    customers: CustomerAccess

    async def get(self, task_id: TaskId) -> FoundTasks:
        """One task.

        Raises:
            NotFound: there is none for this caller.
        """
        async with self.unit_of_work.begin() as work:
            task = self.access.visible(task_id, await work.tasks.get(task_id))
            return FoundTasks([task], work.now)

    async def page(
        self, wanted: TaskFilter, customer_id: CustomerId | None, after: Cursor | None, size: int
    ) -> FoundTasks:
        """Tasks, the one due first before the others, at most `size`; of a customer with all that are one with it.

        Raises:
            NotFound: there is no such customer for this caller.
        """
        async with self.unit_of_work.begin() as work:
            if customer_id is not None:
                survivor = await self.customers.survivor(work, customer_id)
                wanted = replace(wanted, customer_ids=await work.customers.family(survivor.id))
            return FoundTasks(await work.tasks.page(wanted, self.reach(), after, size), work.now)

    def reach(self) -> TaskReach:
        """The tasks that the caller may see."""
        return TaskReach(self.access.authorizer.scope(READ), context.current().principal.person_id)
