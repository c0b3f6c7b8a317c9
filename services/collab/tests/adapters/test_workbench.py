"""What somebody has to do, in one answer (CO-08)."""

from __future__ import annotations

from datetime import timedelta

from chassis.proto_values import timestamp_of
from throughline.collab.v1 import task_service_pb2, workbench_service_pb2

from ..sales import BOSS, LAWYER, REP, SalesSite


async def workbench(sales: SalesSite, by: str) -> workbench_service_pb2.GetWorkbenchResponse:
    request = workbench_service_pb2.GetWorkbenchRequest()
    answer: workbench_service_pb2.GetWorkbenchResponse = await sales.running.workbench.GetWorkbench(
        request, metadata=sales.by(by)
    )
    return answer


async def create_task(sales: SalesSite, to: str, hours: int) -> None:
    due_at = timestamp_of(await sales.running.now() + timedelta(hours=hours))
    request = task_service_pb2.CreateTaskRequest(title="准备报价", assignee_id=sales.ids[to], due_at=due_at)
    await sales.running.tasks.CreateTask(request, metadata=sales.by(REP))


async def test_each_role_finds_what_it_has_to_do(sales: SalesSite) -> None:
    await sales.customer()
    await sales.customer("恒昌信息技术（杭州）有限公司")
    await sales.running.hear(*await sales.running.settle())
    await create_task(sales, REP, 1)
    await create_task(sales, LAWYER, 48)
    await sales.running.pass_time(timedelta(hours=2))

    rep, boss, lawyer = [await workbench(sales, by) for by in (REP, BOSS, LAWYER)]

    assert [task.kind for task in rep.tasks] == ["manual", "check_duplicate_customer"]
    assert (rep.tasks_open, rep.tasks_overdue, rep.notifications_unread) == (2, 1, 1)
    assert (rep.customers_incomplete_count, len(rep.merges_suggested)) == (2, 1)
    assert (boss.tasks_open, boss.team_tasks_overdue, boss.customers_incomplete_count) == (0, 1, 2)
    assert (lawyer.tasks_open, lawyer.tasks_overdue, lawyer.notifications_unread) == (1, 0, 1)
