from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chassis.directory_snapshot import DirectoryPerson, DirectorySnapshot, DirectoryTeam
from chassis.ids import PersonId, TeamId, TenantId


def a_person(
    person_id: str, team: str = "", supervisor: str = "", roles: tuple[str, ...] = ("rep",), active: bool = True
) -> DirectoryPerson:
    return DirectoryPerson(
        PersonId(person_id),
        f"sub-{person_id}",
        TeamId(team) if team else None,
        PersonId(supervisor) if supervisor else None,
        frozenset(roles),
        active,
    )


def a_team(team_id: str, parent: str = "", leader: str = "") -> DirectoryTeam:
    return DirectoryTeam(
        TeamId(team_id), TeamId(parent) if parent else None, PersonId(leader) if leader else None, "sales"
    )


def a_company(*members: DirectoryPerson | DirectoryTeam) -> DirectorySnapshot:
    return DirectorySnapshot(
        TenantId("t"),
        is_active=True,
        people={member.person_id: member for member in members if isinstance(member, DirectoryPerson)},
        teams={member.team_id: member for member in members if isinstance(member, DirectoryTeam)},
    )


SALES = (
    a_team("sales"),
    a_team("east", "sales", leader="anna"),
    a_team("hangzhou", "east"),
    a_team("north", "sales"),
    a_person("dora", "sales", roles=("director",)),
    a_person("anna", "sales", "dora", roles=("supervisor",)),
    a_person("ben", "hangzhou", "anna"),
    a_person("carl", "north", "dora"),
)


def test_a_leader_sees_the_teams_led_with_all_below_and_not_the_one_he_sits_in() -> None:
    company = a_company(*SALES)

    assert company.scope_team_ids("anna") == {"east", "hangzhou"}


def test_who_leads_no_team_has_the_own_one_as_scope() -> None:
    company = a_company(*SALES)

    assert company.scope_team_ids("carl") == {"north"}
    assert company.scope_team_ids("dora") == {"sales", "east", "hangzhou", "north"}
    assert company.scope_team_ids("nobody") == frozenset()


def test_supervisors_come_from_the_nearest_to_the_top() -> None:
    company = a_company(*SALES)

    assert [person.person_id for person in company.supervisors_of("ben")] == ["anna", "dora"]
    assert company.supervisor_of("dora") is None


def test_a_supervisor_who_has_left_is_passed_over() -> None:
    company = a_company(*SALES[:5], a_person("anna", "sales", "dora", active=False), a_person("ben", "east", "anna"))

    supervisor = company.supervisor_of("ben")

    assert supervisor is not None
    assert supervisor.person_id == "dora"


def test_a_deactivated_person_is_not_found_by_subject_and_has_no_role() -> None:
    company = a_company(a_person("ben", active=False))

    assert company.person_by_subject("sub-ben") is None
    assert company.people_with_role("rep") == []
    assert company.person("ben") is not None


def test_a_role_can_be_asked_for_within_a_team_and_all_below() -> None:
    company = a_company(*SALES)

    assert [person.person_id for person in company.people_with_role("rep")] == ["ben", "carl"]
    assert [person.person_id for person in company.people_with_role("rep", "east")] == ["ben"]


@given(
    parents=st.lists(st.integers(0, 7), min_size=8, max_size=8),
    supervisors=st.lists(st.integers(0, 7), min_size=8, max_size=8),
)
def test_look_ups_end_even_when_events_show_circles(parents: list[int], supervisors: list[int]) -> None:
    teams = [a_team(str(number), str(parent)) for number, parent in enumerate(parents)]
    people = [a_person(str(number), supervisor=str(above)) for number, above in enumerate(supervisors)]
    company = a_company(*teams, *people)

    for number in range(8):
        chain = [person.person_id for person in company.supervisors_of(str(number))]
        assert len(set(chain)) == len(chain)
        assert str(number) not in chain
        assert str(number) in company.team_ids_under(str(number))
