"""TaskService: what people have to do."""

from collections.abc import Callable
from typing import TypeVar

import grpc

from chassis import context as request_context
from chassis.errors import Forbidden
from chassis.idempotency import answered
from chassis.ids import PersonId
from chassis.pages import cursor_of, size_of, token_after
from chassis.proto_values import moment_of
from collab.adapters.grpc import task_mapping as mapping
from collab.application.find_tasks import TaskFinder
from collab.application.task_desk import TaskDesk, TaskMove
from collab.application.task_settings import TaskSettingsKeeper
from collab.domain.ids import CustomerId, TaskId
from collab.domain.task import Task
from collab.domain.task_alarms import TaskSettings
from throughline.collab.v1 import task_service_pb2 as pb
from throughline.collab.v1.task_service_pb2_grpc import TaskServiceServicer

Context = grpc.aio.ServicerContext[object, object]
M = TypeVar("M")


class TaskServicer(TaskServiceServicer):
    """Parse, call, render."""

    def __init__(self, desk: TaskDesk, find: TaskFinder, settings: TaskSettingsKeeper, render: mapping.Render) -> None:
        self._desk = desk
        self._find = find
        self._settings = settings
        self._render = render

    async def CreateTask(self, request: pb.CreateTaskRequest, context: Context) -> pb.CreateTaskResponse:
        return await answered(self._desk.create(mapping.create_task(request)), self._as(pb.CreateTaskResponse))

    async def GetTask(self, request: pb.GetTaskRequest, context: Context) -> pb.GetTaskResponse:
        found = await self._find.get(TaskId(request.task_id.lower()))
        return pb.GetTaskResponse(task=self._render(found.tasks[0], found.now))

    async def ListTasks(self, request: pb.ListTasksRequest, context: Context) -> pb.ListTasksResponse:
        caller = request_context.current().principal.person_id
        if request.mine and caller is None:
            raise Forbidden("task.read")
        size = size_of(request)
        customer_id = CustomerId(request.customer_id.lower()) if request.customer_id else None
        wanted = mapping.task_filter(request, caller)
        found = await self._find.page(wanted, customer_id, cursor_of(request), size + 1)
        page = found.tasks[:size]
        token = ""
        if len(found.tasks) > size:
            token = token_after(request, key=(page[-1].due_at.isoformat(),), id=page[-1].id)
        return pb.ListTasksResponse(tasks=[self._render(each, found.now) for each in page], next_page_token=token)

    async def UpdateTask(self, request: pb.UpdateTaskRequest, context: Context) -> pb.UpdateTaskResponse:
        update = self._desk.update(TaskId(request.task_id.lower()), request.version, mapping.edit_of(request))
        return await answered(update, self._as(pb.UpdateTaskResponse))

    async def AssignTask(self, request: pb.AssignTaskRequest, context: Context) -> pb.AssignTaskResponse:
        assign = self._desk.assign(_move(request, request.reason), PersonId(request.assignee_id.lower()))
        return await answered(assign, self._as(pb.AssignTaskResponse))

    async def CompleteTask(self, request: pb.CompleteTaskRequest, context: Context) -> pb.CompleteTaskResponse:
        complete = self._desk.complete(_move(request, request.evidence))
        return await answered(complete, self._as(pb.CompleteTaskResponse))

    async def CancelTask(self, request: pb.CancelTaskRequest, context: Context) -> pb.CancelTaskResponse:
        return await answered(self._desk.cancel(_move(request, request.reason)), self._as(pb.CancelTaskResponse))

    async def ReopenTask(self, request: pb.ReopenTaskRequest, context: Context) -> pb.ReopenTaskResponse:
        due_at = moment_of(request.due_at) if request.HasField("due_at") else None
        reopen = self._desk.reopen(_move(request, request.reason), due_at)
        return await answered(reopen, self._as(pb.ReopenTaskResponse))

    async def GetTaskSettings(self, request: pb.GetTaskSettingsRequest, context: Context) -> pb.GetTaskSettingsResponse:
        return pb.GetTaskSettingsResponse(settings=mapping.settings_message(await self._settings.get()))

    async def PutTaskSettings(self, request: pb.PutTaskSettingsRequest, context: Context) -> pb.PutTaskSettingsResponse:
        remind_before, steps = mapping.steps_of(request.settings)
        return await answered(self._settings.put(request.version, remind_before, steps), _settings_put)

    def _as(self, response: Callable[..., M]) -> Callable[[Task], M]:
        """Renders a task, as it was when it changed, into the answer of a command."""
        return lambda task: response(task=self._render(task, task.updated_at))


def _move(
    request: pb.AssignTaskRequest | pb.CompleteTaskRequest | pb.CancelTaskRequest | pb.ReopenTaskRequest, words: str
) -> TaskMove:
    return TaskMove(TaskId(request.task_id.lower()), request.version, words.strip())


def _settings_put(settings: TaskSettings) -> pb.PutTaskSettingsResponse:
    return pb.PutTaskSettingsResponse(settings=mapping.settings_message(settings))
