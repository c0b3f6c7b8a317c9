from __future__ import annotations

from collections.abc import Iterator

import pytest

from chassis import context
from chassis.authorization import Authorizer
from chassis.errors import Forbidden, Invalid, NotFound, Stale
from chassis.ids import PersonId, TeamId, new_id
from chassis.role_table import RoleTable
from collab.application.deactivate_person import DeactivatePerson, DeactivatePersonHandler
from collab.application.find_people import PeopleFinder
from collab.application.import_directory import ImportDirectory, ImportDirectoryHandler
from collab.application.ports import PeopleFilter
from collab.application.update_person import UpdatePerson, UpdatePersonHandler
from collab.domain.errors import LastAdministrator, ReportingCircle
from collab.domain.events import PersonChanged, TeamChanged
from collab.domain.person import Person

from ..builders import GRANTABLE, a_person, a_person_row, a_team, a_team_row, a_tenant, an_administrator
from ..in_memory import InMemoryUnitOfWork, Store, a_request

TENANT = a_tenant()
TEAM = a_team(name="销售一部")
ADMIN = an_administrator(employee_no="", subject="chen.jing", team_id=TEAM.id)
BOSS = a_person(name="王芳", team_id=TEAM.id, roles={"supervisor"})
REP = a_person(name="李娜", team_id=TEAM.id, supervisor_id=BOSS.id, version=3)


@pytest.fixture
def unit_of_work() -> InMemoryUnitOfWork:
    kept = InMemoryUnitOfWork()
    people: dict[str, Person] = {person.id: person for person in (ADMIN, BOSS, REP)}
    kept.stores[TENANT.id] = Store(tenant=TENANT, teams={TEAM.id: TEAM}, people=people)
    return kept


@pytest.fixture
def store(unit_of_work: InMemoryUnitOfWork) -> Iterator[Store]:
    with context.bind(a_request(TENANT.id, ADMIN)):
        yield _Live(unit_of_work)  # type: ignore[misc]  # stands for whatever the store is now


class _Live:
    def __init__(self, unit_of_work: InMemoryUnitOfWork) -> None:
        self._unit_of_work = unit_of_work

    def __getattr__(self, name: str) -> object:
        return getattr(self._unit_of_work.store(TENANT.id), name)


async def test_an_import_is_kept_told_and_audited(unit_of_work: InMemoryUnitOfWork, store: Store) -> None:
    handle = ImportDirectoryHandler(unit_of_work, GRANTABLE)

    await handle(ImportDirectory((a_team_row("销售二部"),), (a_person_row("8", team="销售二部", email="x@y.example"),)))

    new_team = next(team for team in store.teams.values() if team.name == "销售二部")
    new_person = next(person for person in store.people.values() if person.employee_no == "8")
    assert store.facts == [TeamChanged(new_team), PersonChanged(new_person)]
    assert [row.resource for row in store.audit] == [f"teams/{new_team.id}", f"people/{new_person.id}"]
    assert all("x@y.example" not in row.after and "name of 8" not in row.after for row in store.audit)


async def test_a_dry_run_says_what_would_change_and_keeps_nothing(
    unit_of_work: InMemoryUnitOfWork, store: Store
) -> None:
    handle = ImportDirectoryHandler(unit_of_work, GRANTABLE)

    plan = await handle(ImportDirectory((a_team_row("销售二部"),), (a_person_row("8"),), dry_run=True))

    assert plan.people[0].is_new
    assert store.people.keys() == {ADMIN.id, BOSS.id, REP.id}
    assert store.facts == []


async def test_an_import_with_a_fault_keeps_nothing(unit_of_work: InMemoryUnitOfWork, store: Store) -> None:
    with pytest.raises(Invalid):
        await ImportDirectoryHandler(unit_of_work, GRANTABLE)(
            ImportDirectory((a_team_row("销售二部"),), (a_person_row("8"), a_person_row("9", team="不存在")))
        )

    assert store.teams.keys() == {TEAM.id}


async def test_the_audit_names_personal_fields_that_changed_without_their_content(
    unit_of_work: InMemoryUnitOfWork, store: Store
) -> None:
    row = a_person_row(REP.employee_no, name="新名字", subject=REP.subject, email="new@y.example")

    await ImportDirectoryHandler(unit_of_work, GRANTABLE)(ImportDirectory((), (row,)))

    assert '"edited": ["name", "email"]' in store.audit[0].after
    assert "新名字" not in store.audit[0].after


async def test_a_change_of_a_person_is_kept_told_and_audited(unit_of_work: InMemoryUnitOfWork, store: Store) -> None:
    changed = await UpdatePersonHandler(unit_of_work, GRANTABLE)(
        UpdatePerson(REP.id, version=3, roles=("rep", "legal"))
    )

    assert (changed.version, changed.roles, changed.supervisor_id) == (4, frozenset({"rep", "legal"}), BOSS.id)
    assert store.people[REP.id] == changed
    assert store.facts == [PersonChanged(changed)]
    assert [(row.actor, row.action) for row in store.audit] == [(f"person:{ADMIN.id}", "person.update")]


async def test_a_change_that_changes_nothing_tells_nobody(unit_of_work: InMemoryUnitOfWork, store: Store) -> None:
    same = await UpdatePersonHandler(unit_of_work, GRANTABLE)(UpdatePerson(REP.id, version=3, team_id=TEAM.id))

    assert same == REP
    assert store.facts == []


async def test_a_stale_change_is_refused_with_the_present_version(
    unit_of_work: InMemoryUnitOfWork, store: Store
) -> None:
    with pytest.raises(Stale) as refused:
        await UpdatePersonHandler(unit_of_work, GRANTABLE)(UpdatePerson(REP.id, version=2))

    assert refused.value.metadata["current_version"] == "3"


async def test_nobody_can_report_to_somebody_below(unit_of_work: InMemoryUnitOfWork, store: Store) -> None:
    with pytest.raises(ReportingCircle) as refused:
        await UpdatePersonHandler(unit_of_work, GRANTABLE)(UpdatePerson(BOSS.id, version=1, supervisor_id=REP.id))

    assert refused.value.metadata == {"person_id": BOSS.id, "supervisor_id": REP.id}


async def test_every_unknown_reference_of_a_change_is_named(unit_of_work: InMemoryUnitOfWork, store: Store) -> None:
    command = UpdatePerson(
        REP.id, version=3, team_id=TeamId("nowhere"), supervisor_id=PersonId(new_id()), roles=("rep", "operator")
    )

    with pytest.raises(Invalid) as refused:
        await UpdatePersonHandler(unit_of_work, GRANTABLE)(command)

    assert [fault.field for fault in refused.value.violations] == ["roles[1]", "team_id", "supervisor_id"]


async def test_a_deactivated_person_is_told_of_everywhere(unit_of_work: InMemoryUnitOfWork, store: Store) -> None:
    gone = await DeactivatePersonHandler(unit_of_work)(DeactivatePerson(REP.id, version=3))

    assert (gone.is_active, gone.version) == (False, 4)
    assert store.facts == [PersonChanged(gone)]


async def test_deactivating_again_changes_nothing(unit_of_work: InMemoryUnitOfWork, store: Store) -> None:
    handle = DeactivatePersonHandler(unit_of_work)
    gone = await handle(DeactivatePerson(REP.id, version=3))

    assert await handle(DeactivatePerson(REP.id, version=4)) == gone


async def test_nobody_can_be_made_to_report_to_somebody_who_left(
    unit_of_work: InMemoryUnitOfWork, store: Store
) -> None:
    await DeactivatePersonHandler(unit_of_work)(DeactivatePerson(BOSS.id, version=1))

    with pytest.raises(Invalid):
        await UpdatePersonHandler(unit_of_work, GRANTABLE)(UpdatePerson(ADMIN.id, version=1, supervisor_id=BOSS.id))


async def test_the_last_administrator_stays(unit_of_work: InMemoryUnitOfWork, store: Store) -> None:
    with pytest.raises(LastAdministrator):
        await DeactivatePersonHandler(unit_of_work)(DeactivatePerson(ADMIN.id, version=1))
    with pytest.raises(LastAdministrator):
        await UpdatePersonHandler(unit_of_work, GRANTABLE)(UpdatePerson(ADMIN.id, version=1, roles=("rep",)))


async def test_somebody_unknown_cannot_be_changed(unit_of_work: InMemoryUnitOfWork, store: Store) -> None:
    nobody = PersonId(new_id())

    with pytest.raises(NotFound):
        await UpdatePersonHandler(unit_of_work, GRANTABLE)(UpdatePerson(nobody, version=1))
    with pytest.raises(NotFound):
        await DeactivatePersonHandler(unit_of_work)(DeactivatePerson(nobody, version=1))


class TestFinding:
    @pytest.fixture
    def find(self, unit_of_work: InMemoryUnitOfWork) -> PeopleFinder:
        return PeopleFinder(unit_of_work, Authorizer.load())

    async def test_everybody_sees_everybody(self, find: PeopleFinder) -> None:
        with context.bind(a_request(TENANT.id, REP)):
            assert await find.get(BOSS.id) == BOSS
            assert await find.page(PeopleFilter(), None, 10) == [REP, BOSS, ADMIN]
            assert await find.get_many([REP.id, PersonId(new_id()), BOSS.id, REP.id]) == [REP, BOSS]
            assert await find.teams(None, 10) == [TEAM]

    async def test_i_am_who_calls_with_what_my_roles_allow(self, find: PeopleFinder) -> None:
        with context.bind(a_request(TENANT.id, BOSS)):
            me, permissions = await find.me()

        assert me == BOSS
        assert "lead.override" in permissions
        assert "directory.write" not in permissions

    async def test_a_service_is_no_person(self, find: PeopleFinder) -> None:
        with context.bind(a_request(TENANT.id, roles=frozenset({"service"}))), pytest.raises(Forbidden):
            await find.me()

    async def test_a_role_whose_scope_is_the_team_sees_no_more(self, unit_of_work: InMemoryUnitOfWork) -> None:
        narrow = RoleTable.parse('{"person": {"own": ["directory.read"]}}')
        find = PeopleFinder(unit_of_work, Authorizer.load(roles=narrow))

        with context.bind(a_request(TENANT.id, REP, roles=frozenset({"person"}))):
            with pytest.raises(NotFound):
                await find.get(BOSS.id)
            assert await find.page(PeopleFilter(), None, 10) == [REP]
            assert await find.get_many([REP.id, BOSS.id]) == [REP]

    async def test_another_tenant_has_other_people(self, find: PeopleFinder) -> None:
        stranger = a_person()

        with context.bind(a_request(new_id(), stranger)), pytest.raises(NotFound):
            await find.get(REP.id)
