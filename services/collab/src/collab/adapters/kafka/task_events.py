"""Facts of tasks as the messages that leave: ids, codes and moments."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from chassis.proto_values import number_of, timestamp_of
from collab.domain import task_events as facts
from collab.domain.task import Task
from throughline.collab.v1 import events_pb2 as pb
from throughline.collab.v1 import task_service_pb2
from throughline.common.v1.notice_pb2 import Notice

TASK = "task"
_MESSAGES: dict[type[Any], tuple[Callable[..., Message], str]] = {
    facts.TaskCreated: (pb.TaskCreated, "task.created"),
    facts.TaskChanged: (pb.TaskChanged, "task.changed"),
    facts.TaskAssigned: (pb.TaskAssigned, "task.assigned"),
    facts.TaskCompleted: (pb.TaskCompleted, "task.completed"),
    facts.TaskCancelled: (pb.TaskCancelled, "task.cancelled"),
    facts.TaskReopened: (pb.TaskReopened, "task.reopened"),
    facts.TaskOverdue: (pb.TaskOverdue, "task.overdue"),
}


def task_message(fact: facts.TaskFact) -> Message:
    """The event that tells of the fact."""
    make, _ = _MESSAGES[type(fact)]
    return make(task=_facts(fact.task))


def task_notice(fact: facts.TaskFact) -> Notice:
    """The sign for the screens of those who have a part in the task."""
    task = fact.task
    return Notice(
        kind=_MESSAGES[type(fact)][1],
        resource=f"tasks/{task.id}",
        version=task.version,
        person_ids=[each for each in dict.fromkeys((task.assignee.person_id, task.creator_id)) if each],
        team_ids=[task.assignee.team_id],
    )


def _facts(task: Task) -> task_service_pb2.TaskFacts:
    subject = task.subject
    return task_service_pb2.TaskFacts(
        task_id=task.id,
        kind=task.kind,
        assignee_id=task.assignee.person_id,
        team_id=task.assignee.team_id,
        creator_id=task.creator_id or "",
        customer_id=subject.customer_id or "",
        lead_id=subject.lead_id or "",
        opportunity_id=subject.opportunity_id or "",
        due_at=timestamp_of(task.due_at),
        state=number_of(task_service_pb2.TaskState, task.state.value),
        told_levels_up=task.told_levels_up,
    )
