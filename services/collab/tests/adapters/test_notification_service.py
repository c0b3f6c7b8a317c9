"""From the router's event to what a person reads: consumer, notification, notice, escalation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import text

from chassis.errors import Forbidden, NotFound
from chassis.ids import new_id
from chassis.inbox import Record
from support.events import an_event
from throughline.collab.v1 import directory_service_pb2 as directory_pb
from throughline.collab.v1 import notification_service_pb2 as pb
from throughline.common.v1.notice_pb2 import Notice
from throughline.lead_router.v1 import events_pb2 as router_pb
from throughline.lead_router.v1 import lead_pb2
from throughline.pipeline.v1 import events_pb2 as pipeline_pb
from throughline.scoring.v1 import events_pb2 as scoring_pb
from throughline.scoring.v1 import water_line_pb2

from ..running import Running, TenantSite, refusal

DUE = Timestamp(seconds=int(datetime(2026, 3, 12, 1, 30, tzinfo=UTC).timestamp()))


@pytest.fixture
async def site(running: Running) -> TenantSite:
    made = await running.a_tenant()
    people = [
        directory_pb.PersonRow(employee_no="1", name="王芳", subject="boss", team="销售一部", roles=["supervisor"]),
        directory_pb.PersonRow(
            employee_no="2", name="李娜", subject="rep", team="销售一部", roles=["rep"], supervisor_employee_no="1"
        ),
        directory_pb.PersonRow(
            employee_no="3", name="张伟", subject="other", team="销售二部", roles=["rep"], supervisor_employee_no="1"
        ),
    ]
    teams = [
        directory_pb.TeamRow(team="销售一部", kind="sales", leader_employee_no="1"),
        directory_pb.TeamRow(team="销售二部", kind="sales"),
    ]
    request = directory_pb.ImportDirectoryRequest(teams=teams, people=people)
    await running.directory.ImportDirectory(request, metadata=made.by_admin)
    await running.settle()
    return made


@pytest.fixture
async def ids(running: Running, site: TenantSite) -> dict[str, str]:
    listed = await running.directory.ListPeople(directory_pb.ListPeopleRequest(), metadata=site.by_admin)
    return {person.subject: person.person_id for person in listed.people}


def event(site: TenantSite, fact: Message, occurred_at: datetime | None = None) -> Record:
    return an_event(fact, site.tenant_id, aggregate_id=fact.lead_id, occurred_at=occurred_at)  # type: ignore[attr-defined]


async def read(site: TenantSite, subject: str, **filters: object) -> pb.ListNotificationsResponse:
    request = pb.ListNotificationsRequest(**filters)  # type: ignore[arg-type]  # fields by name
    answer: pb.ListNotificationsResponse = await site.running.notifications.ListNotifications(
        request, metadata=site.by(subject, language="en")
    )
    return answer


async def kinds(site: TenantSite, subject: str) -> list[str]:
    return [each.kind for each in (await read(site, subject)).notifications]


def a_silent_lead(ids: dict[str, str], **facts: object) -> router_pb.LeadFellSilent:
    usual = {"lead_id": new_id(), "owner_id": ids["rep"], "supervisor_id": ids["boss"], "due_at": DUE}
    return router_pb.LeadFellSilent(**{**usual, **facts})  # type: ignore[arg-type]  # fields by name


def an_assigned_lead(ids: dict[str, str], **facts: object) -> router_pb.LeadAssigned:
    usual = {"lead_id": new_id(), "owner_id": ids["rep"], "supervisor_id": ids["boss"], "follow_up_due_at": DUE}
    return router_pb.LeadAssigned(**{**usual, **facts})  # type: ignore[arg-type]  # fields by name


async def test_a_silent_lead_reminds_the_rep_and_the_direct_supervisor(
    running: Running, site: TenantSite, ids: dict[str, str]
) -> None:
    fact = a_silent_lead(ids)
    happened_at = datetime(2026, 3, 12, 1, 30, 5, tzinfo=UTC)

    await running.hear(event(site, fact, happened_at))

    answer = await read(site, "rep")
    (mine,) = answer.notifications
    assert (mine.kind, mine.resource, mine.is_urgent) == ("lead.fell_silent", f"leads/{fact.lead_id}", False)
    assert mine.text == (
        "Your lead had no follow-up by 2026-03-12 09:30 and is to be activated. Follow it up soon."
        f" Lead: {fact.lead_id}"
    )
    assert (mine.person_id, mine.email_state, answer.unread) == (ids["rep"], "none", 1)
    assert mine.occurred_at.ToDatetime(tzinfo=UTC) == happened_at
    (bosses,) = (await read(site, "boss")).notifications
    assert bosses.kind == "lead.fell_silent"
    assert "your team" in bosses.text
    assert await kinds(site, "other") == []


async def told_on_screens(running: Running) -> list[Notice]:
    """Notices of new notifications; the task that follows from a lead that fell silent has notices of its own."""
    records = [record for record in await running.settle() if record.headers["ce_type"].endswith(".Notice")]
    notices = [Notice.FromString(record.payload) for record in records]
    return [notice for notice in notices if notice.kind == "notification.created"]


async def test_each_new_notification_shows_on_the_screens_of_its_person(
    running: Running, site: TenantSite, ids: dict[str, str]
) -> None:
    fact = a_silent_lead(ids)

    await running.hear(event(site, fact))

    notices = await told_on_screens(running)
    assert {tuple(notice.person_ids) for notice in notices} == {(ids["rep"],), (ids["boss"],)}
    assert {notice.references["lead_id"] for notice in notices} == {fact.lead_id}
    (mine,) = (await read(site, "rep")).notifications
    assert f"notifications/{mine.notification_id}" in {notice.resource for notice in notices}


async def test_an_event_that_comes_again_notifies_once_even_when_the_inbox_has_forgotten_it(
    running: Running, site: TenantSite, ids: dict[str, str]
) -> None:
    record = event(site, a_silent_lead(ids))

    await running.hear(record)
    await running.hear(record, record)
    await _forget_inbox(running)
    await running.hear(record)

    assert await kinds(site, "rep") == ["lead.fell_silent"]
    assert len(await told_on_screens(running)) == 2


async def test_facts_reach_those_whom_they_concern(running: Running, site: TenantSite, ids: dict[str, str]) -> None:
    lead = new_id()
    rep, other, boss = ids["rep"], ids["other"], ids["boss"]
    facts = [
        router_pb.LeadQueued(lead_id=lead, reason=lead_pb2.WAITING_REASON_SUPERVISOR, supervisor_ids=[boss]),
        router_pb.LeadAssigned(lead_id=lead, owner_id=rep, follow_up_due_at=DUE),
        router_pb.LeadJoined(lead_id=lead, owner_id=rep, submitter_id=other),
        router_pb.LeadResponseOverdue(lead_id=lead, owner_id=rep, supervisor_id=boss, due_at=DUE),
        router_pb.LeadReassigned(lead_id=lead, from_owner_id=rep, owner_id=other, follow_up_due_at=DUE),
        router_pb.LeadAlarmWithdrawn(lead_id=lead, owner_id=other, supervisor_id=boss, is_follow_up_alarm=True),
        router_pb.LeadReceived(lead_id=lead),
        router_pb.LeadFollowedUp(lead_id=lead, owner_id=other),
        router_pb.LeadClosed(lead_id=lead, owner_id=other),
    ]
    began = datetime(2026, 3, 10, tzinfo=UTC)

    await running.hear(*(event(site, fact, began + timedelta(hours=hour)) for hour, fact in enumerate(facts)))

    assert await kinds(site, "rep") == [
        "lead.reassigned",
        "lead.response_overdue",
        "lead.joined",
        "lead.assigned",
    ]
    assert await kinds(site, "other") == ["lead.alarm_withdrawn", "lead.reassigned", "lead.joined"]
    assert await kinds(site, "boss") == ["lead.alarm_withdrawn", "lead.queued"]


async def test_strangers_and_integrations_in_an_event_stop_nothing(
    running: Running, site: TenantSite, ids: dict[str, str]
) -> None:
    joined = router_pb.LeadJoined(lead_id=new_id(), owner_id=ids["rep"], submitter_id="service:gateway")

    await running.hear(event(site, joined), event(site, an_assigned_lead(ids, owner_id=new_id())))

    assert await kinds(site, "rep") == ["lead.joined"]


async def test_reading_is_idempotent_and_lowers_the_count(
    running: Running, site: TenantSite, ids: dict[str, str]
) -> None:
    await running.hear(event(site, a_silent_lead(ids)), event(site, a_silent_lead(ids)))
    await running.settle()
    first_one = (await read(site, "rep")).notifications[0].notification_id

    request = pb.MarkNotificationReadRequest(notification_id=first_one)
    first = await running.notifications.MarkNotificationRead(request, metadata=site.by("rep"))
    again = await running.notifications.MarkNotificationRead(request, metadata=site.by("rep"))

    assert first.notification.HasField("read_at")
    assert again.notification.read_at == first.notification.read_at
    rest = await read(site, "rep", unread_only=True)
    assert (len(rest.notifications), rest.unread) == (1, 1)
    (notice,) = [Notice.FromString(record.payload) for record in await running.settle()]
    assert (notice.kind, list(notice.person_ids)) == ("notification.read", [ids["rep"]])


async def test_a_foreign_notification_looks_like_one_that_is_not_there(
    running: Running, site: TenantSite, ids: dict[str, str]
) -> None:
    await running.hear(event(site, a_silent_lead(ids)))
    reps = (await read(site, "rep")).notifications[0].notification_id

    for subject in ("boss", "chen.jing"):
        request = pb.MarkNotificationReadRequest(notification_id=reps)
        error = await refusal(running.notifications.MarkNotificationRead(request, metadata=site.by(subject)))
        assert isinstance(error, NotFound)
        assert error.metadata == {"kind": "notification", "id": reps}


async def test_pages_follow_one_another(running: Running, site: TenantSite, ids: dict[str, str]) -> None:
    await running.hear(*(event(site, a_silent_lead(ids)) for _ in range(5)))
    seen: list[str] = []
    token = ""
    while True:
        page = await read(site, "rep", page_size=2, page_token=token)
        seen += [each.notification_id for each in page.notifications]
        token = page.next_page_token
        if not token:
            break

    assert len(seen) == len(set(seen)) == 5


async def test_a_supervisor_counts_the_team_a_rep_nothing(
    running: Running, site: TenantSite, ids: dict[str, str]
) -> None:
    await running.hear(
        event(site, an_assigned_lead(ids)),
        event(site, an_assigned_lead(ids)),
        event(site, an_assigned_lead(ids, owner_id=ids["other"])),
    )

    counted = await running.notifications.CountNotifications(pb.CountNotificationsRequest(), metadata=site.by("boss"))
    everything = await running.notifications.CountNotifications(pb.CountNotificationsRequest(), metadata=site.by_admin)
    error = await refusal(
        running.notifications.CountNotifications(pb.CountNotificationsRequest(), metadata=site.by("rep"))
    )

    assert [(each.kind, each.notifications, each.people) for each in counted.counts] == [("lead.assigned", 2, 1)]
    assert [(each.kind, each.notifications, each.people) for each in everything.counts] == [("lead.assigned", 3, 2)]
    assert isinstance(error, Forbidden)


class TestUrgentOnes:
    async def test_an_unread_one_goes_to_the_supervisor_after_half_an_hour(
        self, running: Running, site: TenantSite, ids: dict[str, str]
    ) -> None:
        await running.hear(event(site, an_assigned_lead(ids, is_urgent=True), await running.now()))
        assert (await read(site, "rep")).notifications[0].is_urgent

        await running.pass_time(timedelta(minutes=29))
        assert await kinds(site, "boss") == []
        await running.pass_time(timedelta(minutes=2))

        assert await kinds(site, "boss") == ["lead.urgent_unread"]

    async def test_one_that_was_read_stays_with_its_reader(
        self, running: Running, site: TenantSite, ids: dict[str, str]
    ) -> None:
        await running.hear(event(site, an_assigned_lead(ids, is_urgent=True), await running.now()))
        mine = (await read(site, "rep")).notifications[0].notification_id
        request = pb.MarkNotificationReadRequest(notification_id=mine)
        await running.notifications.MarkNotificationRead(request, metadata=site.by("rep"))

        await running.pass_time(timedelta(hours=1))

        assert await kinds(site, "boss") == []

    async def test_one_whose_lead_was_followed_up_stays_too(
        self, running: Running, site: TenantSite, ids: dict[str, str]
    ) -> None:
        fact = an_assigned_lead(ids, is_urgent=True)
        await running.hear(event(site, fact, await running.now()))
        await running.hear(event(site, router_pb.LeadFollowedUp(lead_id=fact.lead_id, owner_id=ids["rep"])))

        await running.pass_time(timedelta(hours=1))

        assert await kinds(site, "boss") == []

    async def test_an_overdue_response_of_an_urgent_lead_reaches_the_supervisor_too(
        self, running: Running, site: TenantSite, ids: dict[str, str]
    ) -> None:
        lead = new_id()
        overdue = router_pb.LeadResponseOverdue(
            lead_id=lead, owner_id=ids["rep"], supervisor_id=ids["boss"], due_at=DUE
        )

        await running.hear(event(site, router_pb.LeadReceived(lead_id=lead, is_urgent=True)), event(site, overdue))

        assert await kinds(site, "boss") == ["lead.response_overdue"]
        assert (await read(site, "boss")).notifications[0].is_urgent


async def test_managers_are_told_of_a_water_line_in_their_language(
    running: Running, site: TenantSite, ids: dict[str, str]
) -> None:
    alarm = water_line_pb2.WaterLineAlarm(
        alarm_id=new_id(),
        metric_code="lead_to_opportunity",
        subject=water_line_pb2.WATER_LINE_SUBJECT_REP,
        subject_id=ids["rep"],
        month="2026-03",
        value=12.5,
    )
    breached = scoring_pb.WaterLineBreached(
        alarm=alarm,
        metric_name_zh="线索转商机率",
        metric_name_en="Lead to opportunity",
        alarm_below=30,
        manager_ids=[ids["boss"]],
    )
    record = an_event(breached, site.tenant_id, aggregate_id=alarm.alarm_id, aggregate="water_line")

    await running.hear(record, record)

    (told,) = (await read(site, "boss")).notifications
    assert (told.kind, told.resource) == ("water_line.breached", f"water-line-alarms/{alarm.alarm_id}")
    assert told.text == (
        f"Lead to opportunity of rep {ids['rep']} was 12.5 % in 2026-03, below the line of 30 %. Look into the reasons."
    )
    assert await kinds(site, "rep") == []


async def test_a_team_below_its_line_is_called_by_its_name(
    running: Running, site: TenantSite, ids: dict[str, str]
) -> None:
    listed = await running.directory.ListTeams(directory_pb.ListTeamsRequest(), metadata=site.by_admin)
    team_id = next(team.team_id for team in listed.teams if team.name == "销售一部")
    alarm = water_line_pb2.WaterLineAlarm(
        alarm_id=new_id(), subject=water_line_pb2.WATER_LINE_SUBJECT_TEAM, subject_id=team_id, month="2026-03"
    )
    breached = scoring_pb.WaterLineBreached(alarm=alarm, metric_name_zh="线索转商机率", manager_ids=[ids["boss"]])

    await running.hear(an_event(breached, site.tenant_id, aggregate_id=alarm.alarm_id, aggregate="water_line"))

    (told,) = (await read(site, "boss")).notifications
    assert "team 销售一部" in told.text


async def _forget_inbox(running: Running) -> None:
    async with running.database.system() as connection:
        await connection.execute(text("DELETE FROM inbox"))


async def test_who_owes_the_summary_of_a_first_contact_is_told_when_it_is_due(
    running: Running, site: TenantSite, ids: dict[str, str]
) -> None:
    overdue = pipeline_pb.FirstContactSummaryOverdue(lead_id=new_id(), person_id=ids["rep"], due_at=DUE)

    await running.hear(event(site, overdue))

    [told] = (await read(site, "rep")).notifications
    assert (told.kind, told.resource) == ("lead.first_contact_summary_overdue", f"leads/{overdue.lead_id}")
    assert "decision chain" in told.text
    assert await kinds(site, "boss") == []
