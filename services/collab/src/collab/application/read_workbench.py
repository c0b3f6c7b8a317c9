"""Read what somebody has to do: tasks, notifications, customers that want something."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chassis.authorization import Authorizer
from collab.application.customer_access import READ as READ_CUSTOMERS
from collab.application.customer_ports import CompletenessGroup, CustomerFilter
from collab.application.find_notifications import calling_person
from collab.application.task_desk import READ as READ_TASKS
from collab.application.task_ports import TaskFilter, TaskReach, TaskUnitOfWork
from collab.domain.customer import Customer
from collab.domain.task import CHECK_DUPLICATE_CUSTOMER, Task, TaskState

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Workbench:
    """One person's workbench at a moment."""

    now: datetime
    tasks: Sequence[Task]
    tasks_open: int
    tasks_overdue: int
    team_tasks_overdue: int
    notifications_unread: int
    customers_incomplete: Sequence[Customer]
    customers_incomplete_count: int
    merges_suggested: Sequence[Task]


@dataclass(frozen=True, slots=True)
class WorkbenchReader:
    """Everybody has a workbench; what it shows follows from what the role reaches."""

    unit_of_work: TaskUnitOfWork
    authorizer: Authorizer

    async def __call__(self) -> Workbench:
        """The caller's workbench, from one transaction.

        Raises:
            Forbidden: a service calls; it has nothing to do.
        """
        person_id = calling_person()
        reach = TaskReach(self.authorizer.scope(READ_TASKS), person_id)
        customers = self.authorizer.scope(READ_CUSTOMERS)
        own = TaskFilter(assignee_id=person_id, state=TaskState.OPEN)
        suggested = TaskFilter(state=TaskState.OPEN, kinds=(CHECK_DUPLICATE_CUSTOMER,))
        async with self.unit_of_work.begin() as work:
            overdue = replace(own, due_before=work.now)
            counts = await work.customers.count_completeness(CompletenessGroup.TEAM, customers)
            return Workbench(
                now=work.now,
                tasks=await work.tasks.page(own, reach, None, _SHOWN),
                tasks_open=await work.tasks.count(own, reach),
                tasks_overdue=await work.tasks.count(overdue, reach),
                team_tasks_overdue=await work.tasks.count(replace(overdue, assignee_id=""), reach),
                notifications_unread=await work.notifications.unread(person_id),
                customers_incomplete=await work.customers.page(
                    CustomerFilter(is_incomplete=True), customers, None, _SHOWN
                ),
                customers_incomplete_count=sum(count.customers - count.complete for count in counts),
                merges_suggested=await work.tasks.page(suggested, reach, None, _SHOWN),
            )
