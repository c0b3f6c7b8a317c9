"""Tasks: requests to commands, results to messages."""

from collections.abc import Callable
from datetime import datetime, timedelta

from chassis import context
from chassis.field_masks import masked_fields
from chassis.ids import PersonId
from chassis.proto_values import moment_of, number_of, timestamp_of, word_of
from collab.application.task_desk import CreateTask
from collab.application.task_ports import TaskFilter, TaskTitles
from collab.domain.ids import CustomerId, LeadId, OpportunityId
from collab.domain.task import Task, TaskState, TaskSubject, TaskText
from collab.domain.task_alarms import EscalationStep, TaskSettings
from throughline.collab.v1 import task_service_pb2 as pb

Render = Callable[[Task, datetime], pb.Task]
"""A task as the caller sees it at a moment."""


def create_task(request: pb.CreateTaskRequest) -> CreateTask:
    """The command that a request asks for."""
    subject = TaskSubject(
        CustomerId(request.customer_id.lower()) if request.customer_id else None,
        LeadId(request.lead_id.lower()) if request.lead_id else None,
        OpportunityId(request.opportunity_id.lower()) if request.opportunity_id else None,
    )
    return CreateTask(
        TaskText(request.title.strip(), request.details.strip()),
        PersonId(request.assignee_id.lower()) if request.assignee_id else None,
        moment_of(request.due_at),
        subject,
    )


def edit_of(request: pb.UpdateTaskRequest) -> Callable[[Task], tuple[TaskText, datetime]]:
    """Words and due time that a request asks for, from the present ones.

    Raises:
        Invalid: the mask names what is no field.
    """
    names, asked = masked_fields(request.update_mask, request.task), request.task

    def edit(task: Task) -> tuple[TaskText, datetime]:
        text = TaskText(
            asked.title.strip() if "title" in names else task.text.title,
            asked.details.strip() if "details" in names else task.text.details,
        )
        return text, moment_of(asked.due_at) if "due_at" in names else task.due_at

    return edit


def task_filter(request: pb.ListTasksRequest, caller: PersonId | None) -> TaskFilter:
    """The filter that a request asks for."""
    state = word_of(pb.TaskState, request.state)
    return TaskFilter(
        assignee_id=(caller or "") if request.mine else request.assignee_id.lower(),
        team_id=request.team_id.lower(),
        state=TaskState(state) if state else None,
        due_before=moment_of(request.due_before) if request.HasField("due_before") else None,
    )


def steps_of(settings: pb.TaskSettings) -> tuple[timedelta, list[EscalationStep]]:
    """The settings that a request asks for."""
    steps = [EscalationStep(step.after_working_days, step.levels_up) for step in settings.steps]
    return timedelta(minutes=settings.remind_before_min), steps


def settings_message(settings: TaskSettings) -> pb.TaskSettings:
    """The settings as callers see them."""
    return pb.TaskSettings(
        version=settings.version,
        remind_before_min=settings.remind_before // timedelta(minutes=1),
        steps=[
            pb.EscalationStep(after_working_days=step.after_working_days, levels_up=step.levels_up)
            for step in settings.steps
        ],
    )


def task_rendering(titles: TaskTitles) -> Render:
    """Renders tasks in the language of the running request."""

    def render(task: Task, now: datetime) -> pb.Task:
        subject = task.subject
        return pb.Task(
            task_id=task.id,
            version=task.version,
            kind=task.kind,
            title=titles.title(task, context.current().locale),
            details=task.text.details,
            assignee_id=task.assignee.person_id,
            team_id=task.assignee.team_id,
            creator_id=task.creator_id or "",
            customer_id=subject.customer_id or "",
            lead_id=subject.lead_id or "",
            opportunity_id=subject.opportunity_id or "",
            due_at=timestamp_of(task.due_at),
            state=number_of(pb.TaskState, task.state.value),
            is_overdue=task.is_overdue(now),
            told_levels_up=task.told_levels_up,
            closing_note=task.closing_note,
            closed_at=timestamp_of(task.closed_at) if task.closed_at else None,
            closed_by=task.closed_by,
            created_at=timestamp_of(task.created_at),
            updated_at=timestamp_of(task.updated_at),
        )

    return render
