"""Facts of the domain as the messages that leave, and as the notices that screens get."""

from chassis.outbox import Outbox
from chassis.proto_values import number_of
from collab.adapters.kafka.customer_events import CUSTOMER, customer_message
from collab.adapters.kafka.task_events import TASK, task_message, task_notice
from collab.domain import events as facts
from collab.domain.customer_events import CustomerFact
from collab.domain.notification import Notification
from collab.domain.person import Person
from collab.domain.task_events import (
    TaskAssigned,
    TaskCancelled,
    TaskChanged,
    TaskCompleted,
    TaskCreated,
    TaskFact,
    TaskOverdue,
    TaskReopened,
)
from collab.domain.team import Team
from collab.domain.tenant import Tenant
from collab.domain.work_calendar import WorkCalendar
from throughline.collab.v1 import calendar_service_pb2 as calendar_pb
from throughline.collab.v1 import events_pb2 as pb
from throughline.common.v1.notice_pb2 import Notice

TENANT, TEAM, PERSON, CALENDAR = "tenant", "team", "person", "calendar"
AGGREGATES = (TENANT, TEAM, PERSON, CALENDAR, CUSTOMER, TASK)


class CollabOutbox:
    """Appends the service's facts to the outbox."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def append(self, fact: facts.Fact | CustomerFact) -> None:
        """Adds a fact: as an event keyed by its aggregate, or as a notice where only screens want it."""
        match fact:
            case facts.TenantChanged(tenant):
                self._outbox.append(
                    aggregate=TENANT, aggregate_id=tenant.id, version=tenant.version, message=_tenant(tenant)
                )
            case facts.TeamChanged(team):
                self._outbox.append(aggregate=TEAM, aggregate_id=team.id, version=team.version, message=_team(team))
            case facts.PersonChanged(person):
                self._outbox.append(
                    aggregate=PERSON, aggregate_id=person.id, version=person.version, message=_person(person)
                )
            case facts.CalendarChanged(tenant_id, calendar):
                self._outbox.append(
                    aggregate=CALENDAR, aggregate_id=tenant_id, version=calendar.version, message=_calendar(calendar)
                )
            case facts.NotificationCreated(notification):
                self._outbox.notice(_notice("notification.created", notification))
            case facts.NotificationRead(notification):
                self._outbox.notice(_notice("notification.read", notification))
            case (
                TaskCreated()
                | TaskChanged()
                | TaskAssigned()
                | TaskCompleted()
                | TaskCancelled()
                | TaskReopened()
                | TaskOverdue()
            ):
                self._task(fact)
            case _:
                self._outbox.append(
                    aggregate=CUSTOMER,
                    aggregate_id=fact.customer.id,
                    version=fact.customer.version,
                    message=customer_message(fact),
                )

    def _task(self, fact: TaskFact) -> None:
        task = fact.task
        self._outbox.append(aggregate=TASK, aggregate_id=task.id, version=task.version, message=task_message(fact))
        self._outbox.notice(task_notice(fact))


def _tenant(tenant: Tenant) -> pb.TenantChanged:
    return pb.TenantChanged(
        tenant_id=tenant.id,
        zone=tenant.zone,
        currency=tenant.currency,
        locale=tenant.locale,
        is_active=tenant.is_active,
    )


def _team(team: Team) -> pb.TeamChanged:
    return pb.TeamChanged(
        team_id=team.id, parent_team_id=team.parent_id or "", leader_id=team.leader_id or "", kind=team.kind
    )


def _person(person: Person) -> pb.PersonChanged:
    return pb.PersonChanged(
        person_id=person.id,
        subject=person.subject,
        team_id=person.team_id,
        supervisor_id=person.supervisor_id or "",
        roles=sorted(person.roles),
        is_active=person.is_active,
    )


def _calendar(calendar: WorkCalendar) -> pb.CalendarChanged:
    return pb.CalendarChanged(
        hours=[
            calendar_pb.WeeklyHours(weekday=each.weekday, start_minute=each.start_minute, end_minute=each.end_minute)
            for each in calendar.hours
        ],
        days=[
            calendar_pb.CalendarDay(
                date=day.date.isoformat(), kind=number_of(calendar_pb.DayKind, day.kind.value), name=day.name
            )
            for day in calendar.days
        ],
    )


def _notice(kind: str, notification: Notification) -> Notice:
    references = {"kind": notification.kind}
    if lead_id := notification.facts.get("lead_id"):
        references["lead_id"] = lead_id
    return Notice(
        kind=kind,
        resource=f"notifications/{notification.id}",
        person_ids=[notification.person_id],
        references=references,
    )
