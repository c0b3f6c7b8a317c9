"""What the use cases of tasks need from outside, in the words of the domain."""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chassis.authorization import Scope
from chassis.ids import PersonId, TenantId
from chassis.pages import Cursor
from collab.application.customer_ports import Customers
from collab.application.ports import Work
from collab.domain.ids import CustomerId, TaskId
from collab.domain.task import Task, TaskState
from collab.domain.task_alarms import TaskSettings, WorkingDays


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks are wanted; empty fields do not narrow."""

    assignee_id: str = ""
    team_id: str = ""
    customer_ids: Collection[CustomerId] = ()
    state: TaskState | None = None
    due_before: datetime | None = None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskReach:
    """Tasks that a caller may see: those of people in the scope, and those that the caller made."""

    scope: Scope
    creator_id: PersonId | None


class Tasks(Protocol):
    """The tasks of the tenant."""

    async def get(self, task_id: TaskId) -> Task | None:
        """The task, or None."""
        ...

    async def lock(self, task_id: TaskId) -> Task | None:
        """The task, held until the transaction ends, or None."""
        ...

    async def lock_open_for(self, cause: str) -> Task | None:
        """The open task that a rule made for a cause, held, or None."""
        ...

    async def page(self, wanted: TaskFilter, reach: TaskReach, after: Cursor | None, size: int) -> Sequence[Task]:
        """Tasks within reach, the one due first before the others, after the cursor, at most `size`."""
        ...

    async def count(self, wanted: TaskFilter, reach: TaskReach) -> int:
        """How many there are within reach."""
        ...

    async def after(self, task_id: str, size: int) -> Sequence[Task]:
        """Tasks by id, after the given one, at most `size`, held; the first ones for an empty id."""
        ...

    async def save(self, task: Task) -> None:
        """Keeps a new or changed task."""
        ...


class TaskSettingsStore(Protocol):
    """The tenant's settings of tasks."""

    async def get(self) -> TaskSettings:
        """The settings; those that every tenant begins with where nothing was set."""
        ...

    async def lock(self) -> TaskSettings:
        """The settings, which nobody changes until the transaction ends."""
        ...

    async def save(self, settings: TaskSettings) -> None:
        """Keeps changed settings."""
        ...


class TaskWork(Work, Protocol):
    """What one transaction offers."""

    @property
    def tasks(self) -> Tasks:
        """The tenant's tasks."""
        ...

    @property
    def task_settings(self) -> TaskSettingsStore:
        """When people are told of them."""
        ...

    @property
    def customers(self) -> Customers:
        """What tasks are about."""
        ...


class TaskUnitOfWork(Protocol):
    """Begins transactions of the running request's tenant."""

    def begin(self) -> AbstractAsyncContextManager[TaskWork]:
        """One transaction; leaving by an exception rolls it back."""
        ...


class Company(Protocol):
    """When the tenant works."""

    async def working_days(self, tenant_id: TenantId) -> WorkingDays:
        """The tenant's working days."""
        ...


class TaskTitles(Protocol):
    """Says in a language what a rule wants done."""

    def title(self, task: Task, locale: str) -> str:
        """A few words."""
        ...
