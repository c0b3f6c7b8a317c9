"""TaskService as callers meet it: a real server, real tokens, a real database, time moved on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from google.protobuf.message import Message

from chassis.errors import Forbidden, Invalid, NotFound, Refused, Stale
from chassis.ids import new_id
from chassis.proto_values import timestamp_of
from support.events import an_event
from throughline.collab.v1 import customer_merge_service_pb2 as merge_pb
from throughline.collab.v1 import notification_service_pb2
from throughline.collab.v1 import task_service_pb2 as pb
from throughline.lead_router.v1 import events_pb2 as leads

from ..running import refusal
from ..sales import BOSS, DIRECTOR, LAWYER, OTHER_REP, REP, SalesSite

A_DAY = timedelta(days=1)


async def create(
    sales: SalesSite, *, by: str = REP, to: str = "", due: datetime | None = None, **facts: Any
) -> pb.Task:
    request = pb.CreateTaskRequest(
        title="准备报价",
        assignee_id=sales.ids[to] if to else "",
        due_at=timestamp_of(due or await sales.running.now() + A_DAY),
        **facts,
    )
    made: pb.Task = (await sales.running.tasks.CreateTask(request, metadata=sales.by(by))).task
    return made


async def get(sales: SalesSite, task: pb.Task, *, by: str = REP) -> pb.Task:
    answer = await sales.running.tasks.GetTask(pb.GetTaskRequest(task_id=task.task_id), metadata=sales.by(by))
    found: pb.Task = answer.task
    return found


async def move(sales: SalesSite, name: str, seen: pb.Task, *, by: str = REP, **facts: Any) -> pb.Task:
    request = getattr(pb, f"{name}Request")(task_id=seen.task_id, version=seen.version, **facts)
    answer = await getattr(sales.running.tasks, name)(request, metadata=sales.by(by))
    found: pb.Task = answer.task
    return found


async def tasks(sales: SalesSite, *, by: str = REP, **asked: Any) -> list[pb.Task]:
    listed = await sales.running.tasks.ListTasks(pb.ListTasksRequest(**asked), metadata=sales.by(by))
    return list(listed.tasks)


async def told(sales: SalesSite, by: str) -> list[str]:
    """Kinds of what somebody was told of tasks, oldest first."""
    request = notification_service_pb2.ListNotificationsRequest()
    listed = await sales.running.notifications.ListNotifications(request, metadata=sales.by(by))
    return [each.kind for each in reversed(listed.notifications) if each.kind.startswith("task.")]


async def test_a_task_for_a_colleague_of_another_department_is_told_done_and_told_back(sales: SalesSite) -> None:
    customer = await sales.customer()

    task = await create(sales, to=LAWYER, customer_id=customer.customer_id, details="第三版")
    done = await move(sales, "CompleteTask", task, by=LAWYER, evidence="合同已发回")

    assert (task.assignee_id, task.creator_id, task.state) == (sales.ids[LAWYER], sales.ids[REP], pb.TASK_STATE_OPEN)
    assert (done.state, done.closing_note, done.closed_by) == (
        pb.TASK_STATE_DONE, "合同已发回", f"person:{sales.ids[LAWYER]}",
    )  # fmt: skip
    assert await told(sales, LAWYER) == ["task.assigned"]
    assert await told(sales, REP) == ["task.done"]
    assert [each.task_id for each in await tasks(sales, customer_id=customer.customer_id)] == [task.task_id]
    kinds = {record.headers["ce_type"].rpartition(".")[2] for record in await sales.running.settle()}
    assert {"TaskCreated", "TaskCompleted"} <= kinds


async def test_an_overdue_task_goes_up_the_line_until_it_is_done(sales: SalesSite) -> None:
    task = await create(sales)

    await sales.running.pass_time(A_DAY - timedelta(hours=1))
    assert await told(sales, REP) == ["task.due_soon"]
    await sales.running.pass_time(timedelta(hours=2))
    assert await told(sales, REP) == ["task.due_soon", "task.due"]
    assert (await get(sales, task)).is_overdue
    assert [await told(sales, by) for by in (BOSS, DIRECTOR)] == [[], []]
    await sales.running.pass_time(timedelta(days=5))
    assert await told(sales, BOSS) == ["task.overdue"]
    await sales.running.pass_time(timedelta(days=10))
    assert await told(sales, DIRECTOR) == ["task.overdue"]
    assert (await get(sales, task)).told_levels_up == 2


async def test_what_is_done_rings_no_more_and_what_is_reopened_rings_again(sales: SalesSite) -> None:
    task = await create(sales)
    done = await move(sales, "CompleteTask", task, evidence="已发出")
    await sales.running.pass_time(timedelta(days=30))
    assert await told(sales, REP) == []

    past = await refusal(move(sales, "ReopenTask", done, reason="客户要改"))
    again = await move(
        sales, "ReopenTask", done, reason="客户要改", due_at=timestamp_of(await sales.running.now() + A_DAY)
    )
    later = await move(
        sales, "UpdateTask", again, task=pb.TaskDetails(due_at=timestamp_of(await sales.running.now() + 9 * A_DAY))
    )
    await sales.running.pass_time(2 * A_DAY)
    assert await told(sales, REP) == []
    await sales.running.pass_time(8 * A_DAY)

    assert isinstance(past, Invalid)
    assert later.title == "准备报价"
    assert (await told(sales, REP))[:2] == ["task.due_soon", "task.due"]


async def test_who_has_no_part_in_a_task_does_not_see_it_and_each_list_shows_as_much(sales: SalesSite) -> None:
    task = await create(sales)
    for_law = await create(sales, to=LAWYER)

    assert isinstance(await refusal(get(sales, task, by=OTHER_REP)), NotFound)
    assert isinstance(await refusal(get(sales, task, by=LAWYER)), NotFound)
    seen = {by: {each.task_id for each in await tasks(sales, by=by)} for by in (REP, BOSS, OTHER_REP, LAWYER)}
    both = {task.task_id, for_law.task_id}
    assert seen == {REP: both, BOSS: {task.task_id}, OTHER_REP: set(), LAWYER: {for_law.task_id}}
    assert [each.task_id for each in await tasks(sales, mine=True)] == [task.task_id]
    auditor = await refusal(move(sales, "CancelTask", task, by="qian.li", reason="不需要"))
    assert isinstance(auditor, Forbidden)


async def test_moves_are_refused_where_they_make_no_sense(sales: SalesSite) -> None:
    task = await create(sales)
    given = await move(sales, "AssignTask", task, by=BOSS, assignee_id=sales.ids[OTHER_REP], reason="换人")

    stale = await refusal(move(sales, "CompleteTask", task, evidence="已发出"))
    nobody = await refusal(move(sales, "AssignTask", given, assignee_id=new_id(), reason="换人"))
    past = await refusal(create(sales, due=await sales.running.now() - A_DAY, customer_id=""))
    cancelled = await move(sales, "CancelTask", given, reason="不需要了")
    closed = await refusal(move(sales, "CompleteTask", cancelled, evidence="已发出"))
    hidden = await sales.customer("武汉江岸骨科医院", by=OTHER_REP)
    foreign = await refusal(create(sales, customer_id=hidden.customer_id))

    assert isinstance(stale, Stale)
    assert isinstance(nobody, Invalid)
    assert isinstance(past, Invalid)
    assert [violation.field for violation in past.violations] == ["due_at"]
    assert isinstance(closed, Refused)
    assert closed.metadata["state"] == "cancelled"
    assert isinstance(foreign, NotFound)
    assert await told(sales, OTHER_REP) == ["task.assigned", "task.cancelled"]


async def test_pages_lose_no_task(sales: SalesSite) -> None:
    now = await sales.running.now()
    made = [await create(sales, due=now + timedelta(hours=hours)) for hours in (5, 3, 3, 9)]

    seen: list[str] = []
    token = ""
    while True:
        request = pb.ListTasksRequest(page_size=2, page_token=token, state=pb.TASK_STATE_OPEN)
        page = await sales.running.tasks.ListTasks(request, metadata=sales.by(REP))
        seen += [each.task_id for each in page.tasks]
        if not (token := page.next_page_token):
            break

    assert set(seen) == {task.task_id for task in made}
    assert len(seen) == 4
    assert seen[2:] == [made[0].task_id, made[3].task_id]


async def test_a_silent_lead_becomes_a_task_that_the_follow_up_closes(sales: SalesSite) -> None:
    lead_id = new_id()
    silent = leads.LeadFellSilent(
        lead_id=lead_id, owner_id=sales.ids[REP], due_at=timestamp_of(await sales.running.now())
    )
    event = an_event(silent, sales.site.tenant_id, aggregate_id=lead_id, version=3)
    again = an_event(silent, sales.site.tenant_id, aggregate_id=lead_id, version=4)

    await sales.running.hear(event, event, again)

    (task,) = await tasks(sales)
    assert (task.kind, task.title, task.lead_id) == ("follow_up_silent_lead", "跟进待激活的线索", lead_id)
    followed = leads.LeadFollowedUp(lead_id=lead_id, follow_up_id="f1", owner_id=sales.ids[REP])
    await sales.running.hear(an_event(followed, sales.site.tenant_id, aggregate_id=lead_id, version=5))
    (closed,) = await tasks(sales)
    assert (closed.state, closed.closing_note) == (pb.TASK_STATE_DONE, "follow-ups/f1")


@pytest.mark.parametrize(
    "fact", [leads.LeadClosed, leads.LeadConverted, leads.LeadReassigned], ids=lambda fact: fact.DESCRIPTOR.name
)
async def test_a_silent_lead_is_no_task_any_more_once_it_ended_or_went_to_somebody_else(
    sales: SalesSite, fact: type[Message]
) -> None:
    lead_id, due_at = new_id(), timestamp_of(await sales.running.now())
    silent = leads.LeadFellSilent(lead_id=lead_id, owner_id=sales.ids[REP], due_at=due_at)
    await sales.running.hear(an_event(silent, sales.site.tenant_id, aggregate_id=lead_id, version=3))

    await sales.running.hear(an_event(fact(lead_id=lead_id), sales.site.tenant_id, aggregate_id=lead_id, version=4))

    (task,) = await tasks(sales)
    assert task.state == pb.TASK_STATE_CANCELLED


async def test_a_customer_that_may_be_another_becomes_a_task_that_the_merge_closes(sales: SalesSite) -> None:
    first = await sales.customer()
    second = await sales.customer("恒昌信息技术（杭州）有限公司")

    await sales.running.hear(*await sales.running.settle())

    (task,) = await tasks(sales)
    assert (task.kind, task.customer_id) == ("check_duplicate_customer", second.customer_id)
    request = merge_pb.MergeCustomersRequest(
        survivor_id=first.customer_id, version=1, merged_id=second.customer_id, merged_version=1, reason="同一家"
    )
    await sales.running.merges.MergeCustomers(request, metadata=sales.by(REP))
    await sales.running.hear(*await sales.running.settle())
    (closed,) = await tasks(sales, customer_id=first.customer_id)
    assert (closed.task_id, closed.state) == (task.task_id, pb.TASK_STATE_DONE)


async def test_settings_say_when_people_are_told(sales: SalesSite) -> None:
    read = await sales.running.tasks.GetTaskSettings(pb.GetTaskSettingsRequest(), metadata=sales.by(REP))
    wanted = pb.TaskSettings(remind_before_min=0, steps=[pb.EscalationStep(after_working_days=0, levels_up=1)])
    request = pb.PutTaskSettingsRequest(version=read.settings.version, settings=wanted)

    refused = await refusal(sales.running.tasks.PutTaskSettings(request, metadata=sales.by(REP)))
    await sales.running.tasks.PutTaskSettings(request, metadata=sales.by(DIRECTOR))
    await create(sales)
    await sales.running.pass_time(2 * A_DAY)

    assert isinstance(refused, Forbidden)
    assert (await told(sales, REP), await told(sales, BOSS)) == ([], ["task.overdue"])
