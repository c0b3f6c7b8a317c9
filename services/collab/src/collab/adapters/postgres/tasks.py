"""Tasks and their settings in PostgreSQL."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from chassis.database import SqlRow, Transaction
from chassis.ids import PersonId, TeamId
from chassis.merged_walks import OneEach, Walk, page_of, walks_of
from chassis.pages import Cursor
from collab.adapters.postgres.cursors import by_moment
from collab.adapters.postgres.task_tables import task as table
from collab.adapters.postgres.task_tables import task_settings as settings_table
from collab.application.task_ports import TaskFilter, TaskReach
from collab.domain.ids import CustomerId, LeadId, OpportunityId, TaskId
from collab.domain.task import Assignee, Task, TaskState, TaskSubject, TaskText
from collab.domain.task_alarms import EscalationStep, TaskSettings

_UNCHANGING = frozenset({"id", "tenant_id", "kind", "cause", "creator_id", "created_at"})
_MINUTE = timedelta(minutes=1)


class PostgresTasks:
    """The tasks of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def get(self, task_id: TaskId) -> Task | None:
        """The task, or None."""
        return await self._one(select(table).where(table.c.id == task_id))

    async def lock(self, task_id: TaskId) -> Task | None:
        """The task, held until the transaction ends, or None."""
        return await self._one(select(table).where(table.c.id == task_id).with_for_update())

    async def lock_open_for(self, cause: str) -> Task | None:
        """The open task that a rule made for a cause, held, or None."""
        own = (table.c.tenant_id == self._tenant_id, table.c.cause == cause, table.c.state == TaskState.OPEN.value)
        return await self._one(select(table).where(*own, table.c.cause != "").with_for_update())

    async def page(self, wanted: TaskFilter, reach: TaskReach, after: Cursor | None, size: int) -> Sequence[Task]:
        """Tasks within reach, the one due first before the others, after the cursor, at most `size`."""
        conditions, walks = self._conditions(wanted), _walks(reach)
        if wanted.customer_ids:
            # What one customer has is less than what a team has.
            conditions.append(_within(reach))
            walks = [OneEach(table.c.customer_id, list(wanted.customer_ids))]
        if after:
            conditions.append(tuple_(table.c.due_at, table.c.id) > by_moment(after))
        return await self._all(page_of(table, walks, conditions, order=[table.c.due_at, table.c.id], size=size))

    async def count(self, wanted: TaskFilter, reach: TaskReach) -> int:
        """How many there are within reach."""
        query = select(func.count()).select_from(table).where(_within(reach), *self._conditions(wanted))
        if wanted.customer_ids:
            query = query.where(table.c.customer_id.in_(wanted.customer_ids))
        return int(await self._connection.scalar(query) or 0)

    async def after(self, task_id: str, size: int) -> Sequence[Task]:
        """Tasks by id, after the given one, at most `size`, held; the first ones for an empty id."""
        query = select(table).order_by(table.c.id).limit(size).with_for_update()
        return await self._all(query.where(table.c.id > task_id) if task_id else query)

    async def save(self, task: Task) -> None:
        """Keeps a new or changed task."""
        row = {**_row(task), "tenant_id": self._tenant_id}
        kept = insert(table).values(row)
        changing = {name: kept.excluded[name] for name in row if name not in _UNCHANGING}
        await self._connection.execute(kept.on_conflict_do_update(index_elements=["id"], set_=changing))

    def _conditions(self, wanted: TaskFilter) -> list[ColumnElement[bool]]:
        """All that narrows but the customers, of which each has an order of its own."""
        found = [table.c.tenant_id == self._tenant_id]
        exact = {"assignee_id": wanted.assignee_id, "team_id": wanted.team_id}
        found += [table.c[name] == value for name, value in exact.items() if value]
        if wanted.state is not None:
            found.append(table.c.state == wanted.state.value)
        if wanted.kinds:
            found.append(table.c.kind.in_(wanted.kinds))
        if wanted.due_before is not None:
            found.append(table.c.due_at < wanted.due_before)
        return found

    async def _one(self, query: Select[Any]) -> Task | None:
        row = (await self._connection.execute(query)).one_or_none()
        return _task(row) if row else None

    async def _all(self, query: Select[Any]) -> list[Task]:
        return [_task(row) for row in await self._connection.execute(query)]


class PostgresTaskSettings:
    """Row-level security shows one row at the most; a tenant that never set anything has none until one is held."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def get(self) -> TaskSettings:
        """The settings; those that every tenant begins with where nothing was set."""
        row = (await self._connection.execute(select(settings_table))).one_or_none()
        return _settings(row) if row else TaskSettings()

    async def lock(self) -> TaskSettings:
        """The settings, which nobody changes until the transaction ends."""
        first = insert(settings_table).values(tenant_id=self._tenant_id, **_facts(TaskSettings()))
        await self._connection.execute(first.on_conflict_do_nothing())
        return _settings((await self._connection.execute(select(settings_table).with_for_update())).one())

    async def save(self, settings: TaskSettings) -> None:
        """Keeps changed settings, which must be held."""
        await self._connection.execute(update(settings_table).values(_facts(settings)))


def _walks(reach: TaskReach) -> list[Walk]:
    walks = walks_of(reach.scope, table.c.assignee_id, table.c.team_id)
    if reach.creator_id is None or reach.scope.kind == "all":
        return walks
    return [*walks, table.c.creator_id == reach.creator_id]


def _within(reach: TaskReach) -> ColumnElement[bool]:
    within = reach.scope.where(table.c.assignee_id, table.c.team_id)
    return within if reach.creator_id is None else or_(within, table.c.creator_id == reach.creator_id)


def _row(task: Task) -> dict[str, object]:
    subject = task.subject
    return {
        "id": task.id,
        "kind": task.kind,
        "cause": task.cause,
        "title": task.text.title,
        "details": task.text.details,
        "assignee_id": task.assignee.person_id,
        "team_id": task.assignee.team_id,
        "creator_id": task.creator_id,
        "customer_id": subject.customer_id,
        "lead_id": subject.lead_id,
        "opportunity_id": subject.opportunity_id,
        "due_at": task.due_at,
        "state": task.state.value,
        "told_levels_up": task.told_levels_up,
        "closing_note": task.closing_note,
        "closed_at": task.closed_at,
        "closed_by": task.closed_by,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "version": task.version,
    }


def _task(row: SqlRow) -> Task:
    return Task(
        id=TaskId(row.id),
        text=TaskText(row.title, row.details),
        assignee=Assignee(PersonId(row.assignee_id), TeamId(row.team_id)),
        subject=TaskSubject(
            CustomerId(row.customer_id) if row.customer_id else None,
            LeadId(row.lead_id) if row.lead_id else None,
            OpportunityId(row.opportunity_id) if row.opportunity_id else None,
        ),
        due_at=row.due_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        creator_id=PersonId(row.creator_id) if row.creator_id else None,
        kind=row.kind,
        cause=row.cause,
        state=TaskState(row.state),
        told_levels_up=row.told_levels_up,
        closing_note=row.closing_note,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        version=row.version,
    )


def _facts(settings: TaskSettings) -> dict[str, object]:
    return {
        "remind_before_min": settings.remind_before // _MINUTE,
        "steps": [[step.after_working_days, step.levels_up] for step in settings.steps],
        "version": settings.version,
    }


def _settings(row: SqlRow) -> TaskSettings:
    steps = tuple(EscalationStep(after, levels) for after, levels in row.steps)
    return TaskSettings(row.remind_before_min * _MINUTE, steps, row.version)
