"""Make tasks, change them, give them on, close them and open them again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chassis import context
from chassis.authorization import Authorizer, Resource
from chassis.errors import Forbidden, Invalid, NotFound, Violation
from chassis.ids import PersonId, new_id
from collab.application.customer_access import CustomerAccess
from collab.application.task_book import TaskBook
from collab.application.task_ports import TaskUnitOfWork, TaskWork
from collab.domain.ids import TaskId
from collab.domain.notification import Part
from collab.domain.task import Assignee, Task, TaskSubject, TaskText, due_faults
from collab.domain.task_news import TaskNewsKind

READ, WRITE = "task.read", "task.write"


@dataclass(frozen=True, slots=True)
class CreateTask:
    """A task as somebody states it."""

    text: TaskText
    assignee_id: PersonId | None
    """None for the caller."""
    due_at: datetime
    subject: TaskSubject


@dataclass(frozen=True, slots=True)
class TaskMove:
    """Which task, as the caller saw it, and the words that go with the move."""

    task_id: TaskId
    version: int
    words: str
    """Evidence, or a reason."""


@dataclass(frozen=True, slots=True)
class TaskAccess:
    """Who may see and change which task: its assignee, people whose role reaches that one, and who made it."""

    authorizer: Authorizer

    def may(self, permission: str, task: Task) -> bool:
        """Whether the caller may."""
        caller = context.current().principal.person_id
        is_creator = caller is not None and task.creator_id == caller
        resource = Resource(task.assignee.person_id, task.assignee.team_id)
        return is_creator or self.authorizer.allows(permission, resource)

    def visible(self, task_id: TaskId, task: Task | None) -> Task:
        """The task, unless it is hidden from the caller.

        Raises:
            NotFound: there is none for this caller.
        """
        if task is None or not self.may(READ, task):
            raise NotFound("task", task_id)
        return task


@dataclass(frozen=True, slots=True)
class TaskDesk:
    """Every move is one transaction with its alarm and with what people are told."""

    unit_of_work: TaskUnitOfWork
    access: TaskAccess
    customers: CustomerAccess
    book: TaskBook

    async def create(self, command: CreateTask) -> Task:
        """Keeps the task and returns it.

        Raises:
            Invalid: names every field that cannot be.
            NotFound: the caller does not see the customer.
            Forbidden: a service names no assignee.
        """
        caller = context.current().principal.person_id
        wanted = command.assignee_id or caller
        if wanted is None:
            raise Forbidden("task.create")
        async with self.unit_of_work.begin() as work:
            assignee, faults = await _assignee(work, wanted)
            faults += command.text.faults() + due_faults(command.due_at, work.now)
            if assignee is None or faults:
                raise Invalid(faults)
            if command.subject.customer_id is not None:
                await self.customers.survivor(work, command.subject.customer_id)
            task = Task(
                id=TaskId(new_id()),
                text=command.text,
                assignee=assignee,
                subject=command.subject,
                due_at=command.due_at,
                created_at=work.now,
                updated_at=work.now,
                creator_id=caller,
            )
            await self.book.keep_new(work, task)
            return await work.answer(task)

    async def update(
        self,
        task_id: TaskId,
        version: int,
        edit: Callable[[Task], tuple[TaskText, datetime]],
    ) -> Task:
        """Keeps other words or another due time and returns the task.

        Args:
            edit: gives words and due time, from the present ones.

        Raises:
            NotFound: there is none for this caller.
            Forbidden: the caller may not change it.
            Stale: it has changed since.
            TaskStateForbids: it is closed.
            Invalid: names every field that cannot be.
        """
        async with self.unit_of_work.begin() as work:
            before = await self._held(work, task_id, version)
            text, due_at = edit(before)
            after = before.edited(text, due_at, work.now)
            await self.book.keep_change(work, before, after, "task.update")
            return await work.answer(after)

    async def assign(self, move: TaskMove, assignee_id: PersonId) -> Task:
        """Gives the task to another person and returns it; both are told. Errors as for `update`."""
        async with self.unit_of_work.begin() as work:
            before = await self._held(work, move.task_id, move.version)
            assignee, faults = await _assignee(work, assignee_id)
            if assignee is None:
                raise Invalid(faults)
            after = before.assigned(assignee, work.now)
            await self.book.keep_change(work, before, after, "task.assign", move.words)
            if after is not before:
                told = {assignee.person_id: Part.OWNER, before.assignee.person_id: Part.FORMER_OWNER}
                await self.book.tell(work, after, TaskNewsKind.ASSIGNED, _but_caller(told))
            return await work.answer(after)

    async def complete(self, move: TaskMove) -> Task:
        """Keeps that it is done and returns it; who made it is told. Errors as for `update`."""
        async with self.unit_of_work.begin() as work:
            before = await self._held(work, move.task_id, move.version)
            after = before.completed(move.words, context.current().principal.actor, work.now)
            await self.book.keep_change(work, before, after, "task.complete")
            if after.creator_id is not None:
                await self.book.tell(work, after, TaskNewsKind.DONE, _but_caller({after.creator_id: Part.SUBMITTER}))
            return await work.answer(after)

    async def cancel(self, move: TaskMove) -> Task:
        """Keeps that it need not be done and returns it; the assignee is told. Errors as for `update`."""
        async with self.unit_of_work.begin() as work:
            before = await self._held(work, move.task_id, move.version)
            after = before.cancelled(move.words, context.current().principal.actor, work.now)
            await self.book.keep_change(work, before, after, "task.cancel")
            told = _but_caller({after.assignee.person_id: Part.OWNER})
            await self.book.tell(work, after, TaskNewsKind.CANCELLED, told)
            return await work.answer(after)

    async def reopen(self, move: TaskMove, due_at: datetime | None) -> Task:
        """Opens it again and returns it; the assignee is told. Errors as for `update`, `TaskStateForbids` if open."""
        async with self.unit_of_work.begin() as work:
            before = await self._held(work, move.task_id, move.version)
            after = before.reopened(due_at, work.now)
            await self.book.keep_change(work, before, after, "task.reopen", move.words)
            told = _but_caller({after.assignee.person_id: Part.OWNER})
            await self.book.tell(work, after, TaskNewsKind.ASSIGNED, told)
            return await work.answer(after)

    async def _held(self, work: TaskWork, task_id: TaskId, version: int) -> Task:
        task = self.access.visible(task_id, await work.tasks.lock(task_id))
        if not self.access.may(WRITE, task):
            raise Forbidden(WRITE)
        task.require_version(version)
        return task


async def _assignee(work: TaskWork, person_id: PersonId) -> tuple[Assignee | None, list[Violation]]:
    person = await work.people.get(person_id)
    if person is None:
        return None, [Violation("assignee_id", "person.unknown", f"there is nobody with id {person_id}")]
    if not person.is_active:
        return None, [Violation("assignee_id", "person.inactive", f"{person_id} was deactivated")]
    return Assignee(person.id, person.team_id), []


def _but_caller(people: dict[PersonId, Part]) -> dict[PersonId, Part]:
    caller = context.current().principal.person_id
    return {person_id: part for person_id, part in people.items() if person_id != caller}
