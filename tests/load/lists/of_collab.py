"""Customers, the people there, tasks, timelines, notices. Customer 1 has a hundredth of what customers have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chassis.proto_values import timestamp_of
from load.lists.cases import Case, List, ListsOfService
from load.measuring.crowd import DIRECTOR, HEAD, LEADER, PEOPLE, QUIET, REP, Filling, customer_id, rep_id, team_id
from throughline.collab.v1 import contact_service_pb2 as contact_pb
from throughline.collab.v1 import customer_service_pb2 as customer_pb
from throughline.collab.v1 import notification_service_pb2 as notification_pb
from throughline.collab.v1 import task_service_pb2 as task_pb
from throughline.collab.v1 import timeline_service_pb2 as timeline_pb
from throughline.collab.v1.contact_service_pb2_grpc import ContactServiceStub
from throughline.collab.v1.customer_service_pb2_grpc import CustomerServiceStub
from throughline.collab.v1.notification_service_pb2_grpc import NotificationServiceStub
from throughline.collab.v1.task_service_pb2_grpc import TaskServiceStub
from throughline.collab.v1.timeline_service_pb2_grpc import TimelineServiceStub

_MOMENT = "now() - make_interval(secs => :age)"
_NUMBER = "lpad(((i * 7919) % 1000003)::text, 7, '0')"
CUSTOMERS = Filling(
    "customer",
    {
        "id": ":numbered",
        "tenant_id": ":tenant",
        "name": f"'恒昌' || {_NUMBER}",
        "name_key": f"'heng chang ' || {_NUMBER}",
        "short_names": "ARRAY['恒昌']",
        "kind": "CASE WHEN :rare THEN 'hospital' ELSE 'clinic' END",
        "credit_code": "''",
        "registered_address": "'杭州市滨江区江南大道100号'",
        "region": "CASE WHEN :rare THEN '西藏' WHEN i % 2 = 0 THEN '浙江' ELSE '江苏' END",
        "city": "'杭州'",
        "grade": "CASE WHEN :rare THEN 'A' WHEN i % 2 = 0 THEN 'B' ELSE 'C' END",
        "source": "'expo'",
        "pain_points": "'影像设备老化，检查预约排队超过两周。'",
        "purchase_cycle": "'每年三月'",
        "custom": "'{}'",
        "owner_id": ":rep",
        "team_id": ":team",
        "is_archived": "i % 20000 = 0",
        "completeness_pct": "CASE WHEN :rare THEN 60 ELSE 100 END",
        "missing_fields": "CASE WHEN :rare THEN ARRAY['credit_code'] ELSE '{}' END",
        "created_at": _MOMENT,
        "updated_at": _MOMENT,
        "version": "1",
    },
)
CONTACTS = Filling(
    "customer_contact",
    {
        "id": ":id",
        "tenant_id": ":tenant",
        "customer_id": ":customer",
        "name": "'张伟' || i",
        "post": "'设备科科长'",
        "department": "'设备科'",
        "decision_role": "''",
        "phone": "'+86139' || lpad(i::text, 8, '0')",
        "email": "''",
        "attitude": "'neutral'",
        "is_archived": "i % 10 = 0",
        "created_at": _MOMENT,
        "updated_at": _MOMENT,
        "version": "1",
    },
)
_TASKS = Filling(
    "task",
    {
        "id": ":id",
        "tenant_id": ":tenant",
        "kind": "'manual'",
        "cause": "''",
        "title": "'准备报价'",
        "details": "'第三版'",
        "assignee_id": ":rep",
        "team_id": ":team",
        "creator_id": ":peer",
        "customer_id": ":customer",
        "due_at": f"{_MOMENT} + interval '30 days'",
        "state": "CASE WHEN :rare THEN 'cancelled' WHEN i % 5 = 0 THEN 'open' ELSE 'done' END",
        "told_levels_up": "0",
        "closing_note": "''",
        "closed_by": "''",
        "created_at": _MOMENT,
        "updated_at": _MOMENT,
        "version": "1",
    },
)
_ENTRIES = Filling(
    "timeline_entry",
    {
        "id": ":id",
        "tenant_id": ":tenant",
        "customer_id": ":customer",
        "is_by_lead": "false",
        "kind": "CASE WHEN :rare THEN 'opportunity.won' ELSE 'follow_up.recorded' END",
        "occurred_at": _MOMENT,
        "recorded_at": _MOMENT,
        "actor": "'person:' || :rep",
        "person_id": ":rep",
        "department": "CASE WHEN i % 100000 = 1 THEN 'legal' ELSE 'sales' END",
        "roles": "ARRAY['rep']",
        "resource": "'follow-ups/' || i",
        "reference_ids": "'{}'",
        "facts": '\'{"channel": "phone"}\'',
    },
)
_NOTICES = Filling(
    "notification",
    {
        "id": ":id",
        "tenant_id": ":tenant",
        "event_id": ":id",
        "person_id": f"CASE WHEN i % 100 = 1 THEN '{PEOPLE[DIRECTOR].person_id}'::uuid ELSE :rep END",
        "kind": "CASE WHEN :rare OR i % 100000 = 1 THEN 'task.due' ELSE 'task.due_soon' END",
        "part": "'owner'",
        "resource": "'tasks/' || i",
        "is_urgent": "false",
        "facts": "jsonb_build_object('due_at', '2026-01-01T00:00:00+00:00', 'task_id', 'T' || i)",
        "occurred_at": _MOMENT,
        "read_at": f"CASE WHEN i % 20 <> 1 THEN {_MOMENT} END",
        "email_state": "'none'",
    },
)


def _customers(**asked: object) -> customer_pb.ListCustomersRequest:
    return customer_pb.ListCustomersRequest(**asked)  # type: ignore[arg-type]  # the fields of the request


def _tasks(**asked: object) -> task_pb.ListTasksRequest:
    return task_pb.ListTasksRequest(**asked)  # type: ignore[arg-type]  # the fields of the request


def _people(number: int, **asked: object) -> contact_pb.ListContactsRequest:
    return contact_pb.ListContactsRequest(customer_id=customer_id(number), **asked)  # type: ignore[arg-type]


def _told(number: int, **asked: object) -> timeline_pb.ListTimelineRequest:
    return timeline_pb.ListTimelineRequest(customer_id=customer_id(number), **asked)  # type: ignore[arg-type]


def _notices(**asked: object) -> notification_pb.ListNotificationsRequest:
    return notification_pb.ListNotificationsRequest(**asked)  # type: ignore[arg-type]  # the fields of the request


_NOW = timestamp_of(datetime.now(UTC))
_A_YEAR_AGO = timestamp_of(datetime.now(UTC) - timedelta(days=365))
_OPEN, _CANCELLED = task_pb.TASK_STATE_OPEN, task_pb.TASK_STATE_CANCELLED
_CUSTOMER_LIST = List(
    "customers",
    "customer",
    CustomerServiceStub,
    "ListCustomers",
    "customers",
    "customer_id",
    [
        Case(REP, "own", _customers()),
        Case(REP, "own, deep", _customers(), is_deep=True),
        Case(REP, "own, one region", _customers(region="浙江"), may_be_empty=True),
        Case(LEADER, "a team", _customers()),
        Case(LEADER, "a team, deep", _customers(), is_deep=True),
        Case(LEADER, "a team, rare grade", _customers(grade="A"), may_be_empty=True),
        Case(QUIET, "a quiet team", _customers()),
        Case(HEAD, "ten teams", _customers()),
        Case(DIRECTOR, "all", _customers()),
        Case(DIRECTOR, "all, deep", _customers(), is_deep=True),
        Case(DIRECTOR, "all, one owner", _customers(owner_id=rep_id(3))),
        Case(DIRECTOR, "all, one grade", _customers(grade="B")),
        Case(DIRECTOR, "all, rare grade", _customers(grade="A")),
        Case(DIRECTOR, "all, rare kind", _customers(kind="hospital")),
        Case(DIRECTOR, "all, one region", _customers(region="浙江")),
        Case(DIRECTOR, "all, rare region", _customers(region="西藏")),
        Case(DIRECTOR, "all, incomplete", _customers(incomplete=True)),
        Case(DIRECTOR, "all, archived", _customers(archived=True), may_be_empty=True),
    ],
    order=("name_key", "id"),
    is_newest_first=False,
)
_CONTACT_LIST = List(
    "contacts",
    "customer_contact",
    ContactServiceStub,
    "ListContacts",
    "contacts",
    "contact_id",
    [
        Case(DIRECTOR, "of a large customer", _people(1)),
        Case(DIRECTOR, "of a large customer, deep", _people(1), is_deep=True),
        Case(DIRECTOR, "of a large customer, archived ones too", _people(1, with_archived=True)),
        Case(DIRECTOR, "of a small customer", _people(77)),
    ],
    is_newest_first=False,
)
_TASK_LIST = List(
    "tasks",
    "task",
    TaskServiceStub,
    "ListTasks",
    "tasks",
    "task_id",
    [
        Case(REP, "own and made", _tasks()),
        Case(REP, "mine", _tasks(mine=True)),
        Case(REP, "mine, open, overdue", _tasks(mine=True, state=_OPEN, due_before=_NOW), may_be_empty=True),
        Case(LEADER, "a team", _tasks()),
        Case(LEADER, "a team, deep", _tasks(), is_deep=True),
        Case(LEADER, "a team, open", _tasks(state=_OPEN)),
        Case(LEADER, "a team, open, overdue", _tasks(state=_OPEN, due_before=_NOW), may_be_empty=True),
        Case(QUIET, "a quiet team, open", _tasks(state=_OPEN), may_be_empty=True),
        Case(HEAD, "ten teams", _tasks()),
        Case(HEAD, "ten teams, open", _tasks(state=_OPEN)),
        Case(DIRECTOR, "all", _tasks()),
        Case(DIRECTOR, "all, deep", _tasks(), is_deep=True),
        Case(DIRECTOR, "all, open", _tasks(state=_OPEN)),
        Case(DIRECTOR, "all, open, overdue", _tasks(state=_OPEN, due_before=_NOW)),
        Case(DIRECTOR, "all, rare state", _tasks(state=_CANCELLED)),
        Case(DIRECTOR, "all, one assignee", _tasks(assignee_id=rep_id(3))),
        Case(DIRECTOR, "all, quiet team", _tasks(team_id=team_id(49))),
        Case(DIRECTOR, "all, a large customer", _tasks(customer_id=customer_id(1))),
        Case(
            DIRECTOR, "all, a large customer, open", _tasks(customer_id=customer_id(1), state=_OPEN), may_be_empty=True
        ),
        Case(DIRECTOR, "all, a small customer", _tasks(customer_id=customer_id(77)), may_be_empty=True),
    ],
    order=("due_at", "id"),
    is_newest_first=False,
)
_TIMELINE = List(
    "timeline",
    "timeline_entry",
    TimelineServiceStub,
    "ListTimeline",
    "entries",
    "entry_id",
    [
        Case(DIRECTOR, "of a large customer", _told(1)),
        Case(DIRECTOR, "of a large customer, deep", _told(1), is_deep=True),
        Case(DIRECTOR, "of a large customer, one kind", _told(1, kinds=["follow_up"])),
        Case(DIRECTOR, "of a large customer, rare kind", _told(1, kinds=["opportunity.won"])),
        Case(DIRECTOR, "of a large customer, rare department", _told(1, departments=["legal"])),
        Case(DIRECTOR, "of a large customer, a year", _told(1, since=_A_YEAR_AGO, until=_NOW)),
        Case(DIRECTOR, "of a small customer", _told(77)),
    ],
    order=("occurred_at", "id"),
)
_NOTICE_LIST = List(
    "notices",
    "notification",
    NotificationServiceStub,
    "ListNotifications",
    "notifications",
    "notification_id",
    [
        Case(REP, "own", _notices(), may_be_empty=True),
        Case(DIRECTOR, "of a busy person", _notices()),
        Case(DIRECTOR, "of a busy person, deep", _notices(), is_deep=True),
        Case(DIRECTOR, "of a busy person, unread", _notices(unread_only=True)),
        Case(DIRECTOR, "of a busy person, rare kind", _notices(kind="task.due")),
    ],
    order=("occurred_at", "id"),
)
_TENANT = Filling(
    "tenant_profile",
    {
        "tenant_id": ":tenant",
        "name": "'恒昌'",
        "zone": "'Asia/Shanghai'",
        "currency": "'CNY'",
        "locale": "'zh-CN'",
        "founder_id": f"'{PEOPLE[DIRECTOR].person_id}'",
        "is_active": "true",
        "created_at": "now()",
        "version": "1",
    },
    is_one=True,
)
COLLAB = ListsOfService(
    "collab",
    [_CUSTOMER_LIST, _CONTACT_LIST, _TASK_LIST, _TIMELINE, _NOTICE_LIST],
    [_TENANT, CUSTOMERS, CONTACTS, _TASKS, _ENTRIES, _NOTICES],
)
