"""WorkbenchService: what the caller has to do."""

import grpc

from collab.adapters.grpc.customer_mapping import customer_message
from collab.adapters.grpc.task_mapping import Render
from collab.application.read_workbench import WorkbenchReader
from throughline.collab.v1 import workbench_service_pb2 as pb
from throughline.collab.v1.workbench_service_pb2_grpc import WorkbenchServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class WorkbenchServicer(WorkbenchServiceServicer):
    """Parse, call, render."""

    def __init__(self, read: WorkbenchReader, render: Render) -> None:
        self._read = read
        self._render = render

    async def GetWorkbench(self, request: pb.GetWorkbenchRequest, context: Context) -> pb.GetWorkbenchResponse:
        found = await self._read()
        return pb.GetWorkbenchResponse(
            tasks=[self._render(task, found.now) for task in found.tasks],
            tasks_open=found.tasks_open,
            tasks_overdue=found.tasks_overdue,
            team_tasks_overdue=found.team_tasks_overdue,
            notifications_unread=found.notifications_unread,
            customers_incomplete=[customer_message(customer) for customer in found.customers_incomplete],
            customers_incomplete_count=found.customers_incomplete_count,
            merges_suggested=[self._render(task, found.now) for task in found.merges_suggested],
        )
