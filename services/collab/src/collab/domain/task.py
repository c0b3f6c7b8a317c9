"""A task 待办: what somebody has to do until when, with evidence that it was done."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chassis.errors import Invalid, Stale, Violation
from chassis.ids import PersonId, TeamId
from collab.domain.errors import TaskStateForbids
from collab.domain.ids import CustomerId, LeadId, OpportunityId, TaskId

MANUAL = "manual"
FOLLOW_UP_SILENT_LEAD = "follow_up_silent_lead"
"""A lead fell silent; done by following it up."""
CHECK_DUPLICATE_CUSTOMER = "check_duplicate_customer"
"""A customer may be one that was there; done by merging, or by saying why they are two."""


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Assignee:
    """Who is to do it, and in which team that was when it was given."""

    person_id: PersonId
    team_id: TeamId


@dataclass(frozen=True, slots=True)
class TaskSubject:
    """What a task is about; all may be empty."""

    customer_id: CustomerId | None = None
    lead_id: LeadId | None = None
    opportunity_id: OpportunityId | None = None


@dataclass(frozen=True, slots=True)
class TaskText:
    """What is to be done, in somebody's words; empty where a rule made the task."""

    title: str
    details: str = ""

    def faults(self) -> list[Violation]:
        """All that is wrong with it."""
        return [] if self.title.strip() else [Violation("title", "string.min_len", "must not be empty")]


@dataclass(frozen=True, slots=True)
class Task:
    """One task. Each move returns the task as it is afterwards."""

    id: TaskId
    text: TaskText
    assignee: Assignee
    subject: TaskSubject
    due_at: datetime
    created_at: datetime
    updated_at: datetime
    creator_id: PersonId | None = None
    """None where a rule made it."""
    kind: str = MANUAL
    cause: str = ""
    """What a rule made it for: of one cause there is one open task."""
    state: TaskState = TaskState.OPEN
    told_levels_up: int = 0
    """How far its being overdue has gone up the reporting line."""
    closing_note: str = ""
    """Evidence that it was done; why it was cancelled."""
    closed_at: datetime | None = None
    closed_by: str = ""
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether it is to be done."""
        return self.state is TaskState.OPEN

    def is_overdue(self, now: datetime) -> bool:
        """Whether it is open and its time is over."""
        return self.is_open and self.due_at <= now

    def require_version(self, seen: int) -> None:
        """Refuses a change by somebody who saw an older version.

        Raises:
            Stale: with the present version.
        """
        if seen != self.version:
            raise Stale("task", self.id, self.version)

    def edited(self, text: TaskText, due_at: datetime, at: datetime) -> "Task":
        """The task with other words or another due time; itself where nothing differs.

        Raises:
            TaskStateForbids: it is closed.
            Invalid: a new due time that is over, or no title.
        """
        self._require_open("update")
        faults = text.faults() if self.kind == MANUAL else []
        if due_at != self.due_at:
            faults += due_faults(due_at, at)
        if faults:
            raise Invalid(faults)
        told = self.told_levels_up if due_at == self.due_at else 0
        return self._moved(replace(self, text=text, due_at=due_at, told_levels_up=told), at)

    def assigned(self, assignee: Assignee, at: datetime) -> "Task":
        """The task in other hands; itself where it is in these.

        Raises:
            TaskStateForbids: it is closed.
        """
        self._require_open("assign")
        return self._moved(replace(self, assignee=assignee), at)

    def completed(self, evidence: str, by: str, at: datetime) -> "Task":
        """The task, done.

        Raises:
            TaskStateForbids: it is closed.
        """
        self._require_open("complete")
        return self._closed(TaskState.DONE, evidence, by, at)

    def cancelled(self, reason: str, by: str, at: datetime) -> "Task":
        """The task, given up.

        Raises:
            TaskStateForbids: it is closed.
        """
        self._require_open("cancel")
        return self._closed(TaskState.CANCELLED, reason, by, at)

    def reopened(self, due_at: datetime | None, at: datetime) -> "Task":
        """The task, open again, with a new due time or the old one.

        Raises:
            TaskStateForbids: it is open.
            Invalid: the due time is over.
        """
        if self.is_open:
            raise TaskStateForbids(self.id, self.state, "reopen")
        due = due_at or self.due_at
        if faults := due_faults(due, at):
            raise Invalid(faults)
        after = replace(
            self, state=TaskState.OPEN, due_at=due, told_levels_up=0, closing_note="", closed_at=None, closed_by=""
        )
        return self._moved(after, at)

    def told(self, levels_up: int, at: datetime) -> "Task":
        """The task after somebody was told that it is due."""
        return replace(self, told_levels_up=levels_up, version=self.version + 1, updated_at=at)

    def _closed(self, state: TaskState, note: str, by: str, at: datetime) -> "Task":
        return self._moved(replace(self, state=state, closing_note=note, closed_at=at, closed_by=by), at)

    def _require_open(self, move: str) -> None:
        if not self.is_open:
            raise TaskStateForbids(self.id, self.state, move)

    def _moved(self, after: "Task", at: datetime) -> "Task":
        return self if after == self else replace(after, version=self.version + 1, updated_at=at)


def due_faults(due_at: datetime, now: datetime) -> list[Violation]:
    """What is wrong with a new due time."""
    return [] if due_at > now else [Violation("due_at", "due.past", "must lie in the future")]
