"""Read and set when people are told of tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from chassis.audit import State
from collab.application.task_ports import TaskUnitOfWork
from collab.domain.task_alarms import EscalationStep, TaskSettings


@dataclass(frozen=True, slots=True)
class TaskSettingsKeeper:
    """Alarms that are set stay; those that follow on them obey the new settings."""

    unit_of_work: TaskUnitOfWork

    async def get(self) -> TaskSettings:
        """The tenant's settings."""
        async with self.unit_of_work.begin() as work:
            return await work.task_settings.get()

    async def put(self, version: int, remind_before: timedelta, steps: Sequence[EscalationStep]) -> TaskSettings:
        """Sets them and returns them.

        Raises:
            Stale: they have changed since.
            Invalid: names every step that is out of order.
        """
        async with self.unit_of_work.begin() as work:
            before = await work.task_settings.lock()
            before.require_version(version)
            after = before.put(remind_before, steps)
            if after is not before:
                await work.task_settings.save(after)
                work.audit.record(
                    action="task_settings.put",
                    resource="task-settings",
                    before=_facts(before),
                    after=_facts(after),
                )
            return await work.answer(after)


def _facts(settings: TaskSettings) -> State:
    return {
        "version": settings.version,
        "remind_before_min": settings.remind_before // timedelta(minutes=1),
        "steps": [[step.after_working_days, step.levels_up] for step in settings.steps],
    }
