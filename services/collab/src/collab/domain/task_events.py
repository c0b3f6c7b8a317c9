"""Facts that tasks tell."""

from dataclasses import dataclass

from collab.domain.task import Task


@dataclass(frozen=True, slots=True)
class TaskCreated:
    """A task was made."""

    task: Task


@dataclass(frozen=True, slots=True)
class TaskChanged:
    """Its words or its due time were changed, or it is told again."""

    task: Task


@dataclass(frozen=True, slots=True)
class TaskAssigned:
    """It was given to another person."""

    task: Task


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    """It was done."""

    task: Task


@dataclass(frozen=True, slots=True)
class TaskCancelled:
    """It need not be done any more."""

    task: Task


@dataclass(frozen=True, slots=True)
class TaskReopened:
    """It is open again."""

    task: Task


@dataclass(frozen=True, slots=True)
class TaskOverdue:
    """Its time is over, and somebody was told so."""

    task: Task


TaskFact = TaskCreated | TaskChanged | TaskAssigned | TaskCompleted | TaskCancelled | TaskReopened | TaskOverdue
