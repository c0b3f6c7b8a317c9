"""What happens to tasks, and who is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chassis.ids import PersonId
from collab.domain.ids import EventId, TaskId
from collab.domain.notification import Part


class TaskNewsKind(StrEnum):
    """Kinds of notifications about tasks."""

    ASSIGNED = "task.assigned"
    DUE_SOON = "task.due_soon"
    DUE = "task.due"
    OVERDUE = "task.overdue"
    DONE = "task.done"
    CANCELLED = "task.cancelled"


TOLD: Mapping[TaskNewsKind, tuple[Part, ...]] = {
    TaskNewsKind.ASSIGNED: (Part.OWNER, Part.FORMER_OWNER),
    TaskNewsKind.DUE_SOON: (Part.OWNER,),
    TaskNewsKind.DUE: (Part.OWNER,),
    TaskNewsKind.OVERDUE: (Part.SUPERVISOR,),
    TaskNewsKind.DONE: (Part.SUBMITTER,),
    TaskNewsKind.CANCELLED: (Part.OWNER,),
}
"""With which parts each kind goes to people."""


@dataclass(frozen=True, slots=True)
class TaskNews:
    """Something happened to a task, with the people who are to know."""

    kind: TaskNewsKind
    event_id: EventId
    task_id: TaskId
    occurred_at: datetime
    due_at: datetime
    people: Mapping[PersonId, Part] = field(default_factory=dict)

    @property
    def resource(self) -> str:
        """The task, as in its URL."""
        return f"tasks/{self.task_id}"

    @property
    def facts(self) -> dict[str, str]:
        """What the texts may say."""
        return {"task_id": self.task_id, "due_at": self.due_at.isoformat()}

    def concerned(self, *, is_urgent: bool) -> dict[PersonId, Part]:  # noqa: ARG002 (what all news are asked)
        """Whom to tell; tasks are not told otherwise when something is urgent."""
        return dict(self.people)
