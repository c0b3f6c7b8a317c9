from __future__ import annotations

import asyncio

import grpc
import pytest

from chassis.errors import Forbidden, Invalid, NotFound, PersonUnknown, Refused, Stale
from chassis.ids import new_id
from throughline.collab.v1 import directory_service_pb2 as pb
from throughline.collab.v1 import events_pb2

from ..running import Running, TenantSite, refusal


def a_row(employee_no: str, **facts: object) -> pb.PersonRow:
    usual = {"name": f"员工{employee_no}", "subject": f"s{employee_no}", "team": "销售一部", "roles": ["rep"]}
    return pb.PersonRow(employee_no=employee_no, **{**usual, **facts})  # type: ignore[arg-type]  # fields by name


def a_file(*people: pb.PersonRow, request_id: str = "", dry_run: bool = False) -> pb.ImportDirectoryRequest:
    team = pb.TeamRow(team="销售一部", kind="sales", leader_employee_no="1")
    return pb.ImportDirectoryRequest(teams=[team], people=people, request_id=request_id, dry_run=dry_run)


BOSS = a_row("1", name="王芳", subject="wang.fang", roles=["supervisor"])
REP = a_row("2", name="李娜", subject="li.na", supervisor_employee_no="1", email="li.na@y.example", title="销售代表")


@pytest.fixture
async def site(running: Running) -> TenantSite:
    made = await running.a_tenant()
    await running.directory.ImportDirectory(a_file(BOSS, REP), metadata=made.by_admin)
    await running.settle()
    return made


async def by_name(site: TenantSite) -> dict[str, pb.Person]:
    listed = await site.running.directory.ListPeople(pb.ListPeopleRequest(), metadata=site.by_admin)
    return {person.name: person for person in listed.people}


async def test_an_imported_person_can_call_at_once_with_the_rights_of_the_role(
    running: Running, site: TenantSite
) -> None:
    me = await running.directory.GetMe(pb.GetMeRequest(), metadata=site.by("li.na"))

    assert (me.person.name, me.person.employee_no, me.person.email) == ("李娜", "2", "li.na@y.example")
    assert "lead.read" in me.permissions
    assert "directory.write" not in me.permissions
    denied = await refusal(running.directory.ImportDirectory(a_file(REP), metadata=site.by("li.na")))
    assert isinstance(denied, Forbidden)


async def test_an_import_counts_what_it_made_and_changed(running: Running, site: TenantSite) -> None:
    moved = a_row("2", name="李娜娜", subject="li.na", supervisor_employee_no="1")

    answer = await running.directory.ImportDirectory(a_file(BOSS, moved, a_row("3")), metadata=site.by_admin)

    assert answer == pb.ImportDirectoryResponse(people_created=1, people_updated=1)
    (one,) = [record for record in await running.settle() if b"li.na" in record.payload]
    assert one.headers["aggregate_version"] == "2"


async def test_a_repeated_import_gets_its_first_answer(running: Running, site: TenantSite) -> None:
    request = a_file(a_row("3"), request_id="import-1")

    first = await running.directory.ImportDirectory(request, metadata=site.by_admin)
    again = await running.directory.ImportDirectory(request, metadata=site.by_admin)

    assert first == again == pb.ImportDirectoryResponse(people_created=1)


async def test_a_dry_run_keeps_and_tells_nothing(running: Running, site: TenantSite) -> None:
    answer = await running.directory.ImportDirectory(a_file(a_row("3"), dry_run=True), metadata=site.by_admin)

    assert answer.people_created == 1
    assert "员工3" not in await by_name(site)
    assert await running.settle() == []


async def test_one_faulty_row_stops_the_whole_file_and_every_fault_is_named(running: Running, site: TenantSite) -> None:
    request = a_file(a_row("3"), a_row("4", team="不存在", roles=["operator"]), a_row("3", subject="wang.fang"))

    error = await refusal(running.directory.ImportDirectory(request, metadata=site.by_admin))

    assert isinstance(error, Invalid)
    assert {fault.field: fault.reason for fault in error.violations} == {
        "people[1].team": "team.unknown",
        "people[1].roles[0]": "role.unknown",
        "people[2].employee_no": "employee_no.duplicate",
        "people[2].subject": "subject.duplicate",
    }
    assert "员工3" not in await by_name(site)


async def test_rules_of_the_fields_are_checked_too(running: Running, site: TenantSite) -> None:
    error = await refusal(
        running.directory.ImportDirectory(a_file(a_row("3", email="nobody", roles=[])), metadata=site.by_admin)
    )

    assert isinstance(error, Invalid)
    assert {fault.field for fault in error.violations} == {"people[0].email", "people[0].roles"}


async def test_subjects_can_be_swapped_in_one_file(running: Running, site: TenantSite) -> None:
    swapped = a_file(
        a_row("1", name="王芳", subject="li.na", roles=["supervisor"]),
        a_row("2", name="李娜", subject="wang.fang", supervisor_employee_no="1"),
    )

    await running.directory.ImportDirectory(swapped, metadata=site.by_admin)

    people = await by_name(site)
    assert (people["王芳"].subject, people["李娜"].subject) == ("li.na", "wang.fang")


async def test_a_large_file_is_put_in_at_once(running: Running, site: TenantSite) -> None:
    rows = [a_row(str(number), supervisor_employee_no="1") for number in range(10, 2010)]

    answer = await running.directory.ImportDirectory(a_file(*rows), metadata=site.by_admin)

    assert answer.people_created == 2000


async def test_people_are_listed_page_by_page_in_order_of_sound(running: Running, site: TenantSite) -> None:
    names: list[str] = []
    token = ""
    while True:
        page = await running.directory.ListPeople(
            pb.ListPeopleRequest(page_size=2, page_token=token), metadata=site.by("li.na")
        )
        names += [person.name for person in page.people]
        token = page.next_page_token
        if not token:
            break

    assert names == ["陈静", "李娜", "王芳"]


async def test_a_page_token_that_somebody_made_up_is_refused(running: Running, site: TenantSite) -> None:
    error = await refusal(
        running.directory.ListPeople(pb.ListPeopleRequest(page_token="bm9uc2Vuc2U"), metadata=site.by_admin)
    )

    assert error.reason == "PAGE_TOKEN_INVALID"


async def test_teams_are_listed_by_name(running: Running, site: TenantSite) -> None:
    teams = (await running.directory.ListTeams(pb.ListTeamsRequest(), metadata=site.by("li.na"))).teams

    boss = (await by_name(site))["王芳"]
    assert [team.name for team in teams] == ["管理", "销售一部"]
    assert teams[1].leader_id == boss.person_id


async def test_many_people_are_read_at_once_and_unknown_ones_left_out(running: Running, site: TenantSite) -> None:
    people = await by_name(site)
    wanted = [people["王芳"].person_id, new_id(), people["李娜"].person_id]

    answer = await running.directory.BatchGetPeople(
        pb.BatchGetPeopleRequest(person_ids=wanted), metadata=site.by_service
    )

    assert [person.name for person in answer.people] == ["王芳", "李娜"]


async def test_a_change_raises_the_version_and_is_told(running: Running, site: TenantSite) -> None:
    rep = (await by_name(site))["李娜"]

    answer = await running.directory.UpdatePerson(
        pb.UpdatePersonRequest(person_id=rep.person_id, version=1, roles=["rep", "legal"]), metadata=site.by_admin
    )

    assert (answer.person.version, list(answer.person.roles)) == (2, ["legal", "rep"])
    (told,) = await running.settle()
    assert list(events_pb2.PersonChanged.FromString(told.payload).roles) == ["legal", "rep"]
    assert "legal" in (await running.directory.GetMe(pb.GetMeRequest(), metadata=site.by("li.na"))).person.roles


async def test_a_stale_change_and_a_circle_are_refused(running: Running, site: TenantSite) -> None:
    people = await by_name(site)
    boss, rep = people["王芳"], people["李娜"]

    stale = await refusal(
        running.directory.UpdatePerson(
            pb.UpdatePersonRequest(person_id=rep.person_id, version=7), metadata=site.by_admin
        )
    )
    circle = await refusal(
        running.directory.UpdatePerson(
            pb.UpdatePersonRequest(person_id=boss.person_id, version=1, supervisor_id=rep.person_id),
            metadata=site.by_admin,
        )
    )

    assert isinstance(stale, Stale)
    assert isinstance(circle, Refused)
    assert (circle.reason, circle.metadata["supervisor_id"]) == ("REPORTING_CIRCLE", rep.person_id)


async def test_two_changes_at_once_cannot_close_a_circle_together(running: Running, site: TenantSite) -> None:
    await running.directory.ImportDirectory(a_file(a_row("3"), a_row("4")), metadata=site.by_admin)
    people = await by_name(site)
    third, fourth = people["员工3"].person_id, people["员工4"].person_id

    answers = await asyncio.gather(
        *(
            running.directory.UpdatePerson(
                pb.UpdatePersonRequest(person_id=below, version=1, supervisor_id=above), metadata=site.by_admin
            )
            for below, above in ((third, fourth), (fourth, third))
        ),
        return_exceptions=True,
    )

    refused = [answer for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
    assert [error.code() for error in refused] == [grpc.StatusCode.FAILED_PRECONDITION]


async def test_a_deactivated_person_is_let_in_no_more(running: Running, site: TenantSite) -> None:
    rep = (await by_name(site))["李娜"]

    answer = await running.directory.DeactivatePerson(
        pb.DeactivatePersonRequest(person_id=rep.person_id, version=1), metadata=site.by_admin
    )
    await running.settle()

    assert not answer.person.is_active
    error = await refusal(running.directory.GetMe(pb.GetMeRequest(), metadata=site.by("li.na")))
    assert isinstance(error, PersonUnknown)


async def test_the_last_administrator_stays(running: Running, site: TenantSite) -> None:
    error = await refusal(
        running.directory.DeactivatePerson(
            pb.DeactivatePersonRequest(person_id=site.admin_id, version=1), metadata=site.by_admin
        )
    )

    assert error.reason == "LAST_ADMINISTRATOR"


async def test_people_of_another_tenant_look_like_people_who_are_not_there(running: Running, site: TenantSite) -> None:
    other = await running.a_tenant(name="另一家")
    rep, missing = (await by_name(site))["李娜"], new_id()

    errors = [
        await refusal(running.directory.GetPerson(pb.GetPersonRequest(person_id=person_id), metadata=other.by_admin))
        for person_id in (rep.person_id, missing)
    ]
    changed = await refusal(
        running.directory.UpdatePerson(
            pb.UpdatePersonRequest(person_id=rep.person_id, version=1), metadata=other.by_admin
        )
    )

    assert all(isinstance(error, NotFound) for error in (*errors, changed))
    assert errors[0].metadata == {"kind": "person", "id": rep.person_id}
    assert errors[1].metadata == {"kind": "person", "id": missing}


async def test_a_service_is_no_person(running: Running, site: TenantSite) -> None:
    error = await refusal(running.directory.GetMe(pb.GetMeRequest(), metadata=site.by_service))

    assert isinstance(error, Forbidden)
