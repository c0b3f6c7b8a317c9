from __future__ import annotations

import pytest

from chassis.errors import Invalid
from chassis.ids import new_id
from collab.domain.directory_import import ImportPlan, PersonRow, TeamRow, plan_import
from collab.domain.staff import Staff

from ..builders import GRANTABLE, a_person, a_person_row, a_staff, a_team, a_team_row, an_administrator

SALES = a_team(name="销售一部")


def plan(teams: list[TeamRow], people: list[PersonRow], staff: Staff | None = None) -> ImportPlan:
    return plan_import(
        teams, people, staff or a_staff(an_administrator(), teams=(SALES,)), grantable=GRANTABLE, make_id=new_id
    )


def faults(teams: list[TeamRow], people: list[PersonRow], staff: Staff | None = None) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        plan(teams, people, staff)
    return {fault.field: fault.reason for fault in refused.value.violations}


def test_rows_may_name_one_another_in_any_order() -> None:
    planned = plan(
        [a_team_row("二组", parent="中心", leader_employee_no="2"), a_team_row("中心")],
        [a_person_row("1", team="二组", supervisor_employee_no="2"), a_person_row("2", team="中心")],
    )

    second, centre = (change.after for change in planned.teams)
    member, leader = (change.after for change in planned.people)
    assert (second.parent_id, second.leader_id) == (centre.id, leader.id)
    assert (member.team_id, member.supervisor_id) == (second.id, leader.id)
    assert all(change.is_new for change in planned.teams)
    assert all(change.is_new for change in planned.people)
    assert {thing.version for thing in (second, centre, member, leader)} == {1}


def test_the_same_rows_again_change_nothing() -> None:
    teams, people = [a_team_row("中心")], [a_person_row("1", team="中心")]
    first = plan(teams, people)
    admin = an_administrator()
    staff = a_staff(admin, *(change.after for change in first.people), teams=(first.teams[0].after,))

    again = plan(teams, people, staff)

    assert not any(change.is_real for change in again.teams)
    assert not any(change.is_real for change in again.people)


def test_a_row_changes_the_person_with_its_employee_number() -> None:
    known = a_person(employee_no="7", team_id=SALES.id, version=4)
    staff = a_staff(an_administrator(), known, teams=(SALES,))

    planned = plan([], [a_person_row("7", name="王芳", roles=("supervisor",))], staff)

    change = planned.people[0]
    assert change.is_update
    assert (change.after.id, change.after.version, change.after.name) == (known.id, 5, "王芳")


def test_every_fault_of_every_row_is_named() -> None:
    found = faults(
        [a_team_row("中心", parent="不存在"), a_team_row("中心", leader_employee_no="99")],
        [
            a_person_row("1", team="不存在", roles=("rep", "emperor")),
            a_person_row("2", supervisor_employee_no="98"),
            a_person_row("2", subject="subject of 1"),
            a_person_row("3", name=""),
        ],
    )

    assert found == {
        "teams[0].parent_team": "team.unknown",
        "teams[1].team": "team.duplicate",
        "teams[1].leader_employee_no": "person.unknown",
        "people[0].team": "team.unknown",
        "people[0].roles[1]": "role.unknown",
        "people[1].supervisor_employee_no": "person.unknown",
        "people[2].employee_no": "employee_no.duplicate",
        "people[2].subject": "subject.duplicate",
        "people[3].name": "string.blank",
    }


def test_reporting_lines_may_not_form_a_circle() -> None:
    found = faults(
        [],
        [
            a_person_row("1", supervisor_employee_no="2"),
            a_person_row("2", supervisor_employee_no="3"),
            a_person_row("3", supervisor_employee_no="2"),
        ],
    )

    assert found == {
        "people[1].supervisor_employee_no": "REPORTING_CIRCLE",
        "people[2].supervisor_employee_no": "REPORTING_CIRCLE",
    }


def test_a_circle_may_close_over_people_who_are_there_already() -> None:
    top = a_person(employee_no="1", team_id=SALES.id)
    below = a_person(employee_no="2", team_id=SALES.id, supervisor_id=top.id)
    staff = a_staff(an_administrator(), top, below, teams=(SALES,))

    found = faults([], [a_person_row("1", supervisor_employee_no="2")], staff)

    assert found == {"people[0].supervisor_employee_no": "REPORTING_CIRCLE"}


def test_teams_may_not_form_a_circle() -> None:
    found = faults([a_team_row("a", parent="b"), a_team_row("b", parent="a")], [])

    assert found == {"teams[0].parent_team": "team.circle", "teams[1].parent_team": "team.circle"}


def test_a_subject_of_somebody_else_is_refused() -> None:
    other = a_person(subject="li.na", team_id=SALES.id)

    found = faults([], [a_person_row("1", subject="li.na")], a_staff(an_administrator(), other, teams=(SALES,)))

    assert found == {"people[0].subject": "subject.duplicate"}


def test_two_people_can_swap_subjects() -> None:
    first = a_person(employee_no="1", subject="a", team_id=SALES.id)
    second = a_person(employee_no="2", subject="b", team_id=SALES.id)
    staff = a_staff(an_administrator(), first, second, teams=(SALES,))

    planned = plan([], [a_person_row("1", subject="b"), a_person_row("2", subject="a")], staff)

    assert [change.after.subject for change in planned.people] == ["b", "a"]


def test_the_subject_of_somebody_who_left_is_free() -> None:
    left = a_person(subject="li.na", team_id=SALES.id, is_active=False)

    planned = plan([], [a_person_row("1", subject="li.na")], a_staff(an_administrator(), left, teams=(SALES,)))

    assert planned.people[0].is_new


def test_a_row_does_not_bring_back_somebody_who_was_deactivated() -> None:
    left = a_person(employee_no="1", team_id=SALES.id, is_active=False)

    found = faults(
        [],
        [a_person_row("1"), a_person_row("2", supervisor_employee_no="1")],
        a_staff(an_administrator(), left, teams=(SALES,)),
    )

    assert found == {
        "people[0].employee_no": "person.inactive",
        "people[1].supervisor_employee_no": "person.inactive",
    }


def test_the_first_administrator_gets_the_number_of_the_row_with_the_same_subject() -> None:
    founder = an_administrator(employee_no="", subject="chen.jing", team_id=SALES.id)

    planned = plan([], [a_person_row("15", subject="chen.jing", roles=("admin",))], a_staff(founder, teams=(SALES,)))

    change = planned.people[0]
    assert change.is_update
    assert (change.after.id, change.after.employee_no) == (founder.id, "15")


def test_only_one_row_can_be_the_first_administrator() -> None:
    founder = an_administrator(employee_no="", subject="chen.jing", team_id=SALES.id)
    rows = [a_person_row(number, subject="chen.jing", roles=("admin",)) for number in ("15", "16")]

    assert faults([], rows, a_staff(founder, teams=(SALES,))) == {"people[1].subject": "subject.duplicate"}


def test_the_last_administrator_cannot_be_made_something_else() -> None:
    admin = an_administrator(employee_no="1", team_id=SALES.id)

    assert faults([], [a_person_row("1")], a_staff(admin, teams=(SALES,))) == {"people[0].roles": "LAST_ADMINISTRATOR"}


def test_an_administrator_can_hand_over_in_one_file() -> None:
    admin = an_administrator(employee_no="1", team_id=SALES.id)

    planned = plan([], [a_person_row("1"), a_person_row("2", roles=("admin",))], a_staff(admin, teams=(SALES,)))

    assert [change.after.is_administrator for change in planned.people] == [False, True]
