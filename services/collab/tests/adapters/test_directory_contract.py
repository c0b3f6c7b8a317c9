"""Tenants, teams, people and calendars: what the ports promise, in memory and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chassis.authorization import Scope
from chassis.chinese_holidays import CalendarDay
from chassis.errors import NotFound
from chassis.ids import PersonId, TeamId, TenantId, new_id
from chassis.pages import Cursor
from chassis.shifts import DayKind
from collab.application.ports import PeopleFilter
from collab.domain.names import sort_key
from collab.domain.work_calendar import WorkCalendar

from ..builders import a_person, a_team, a_tenant
from ..conftest import Transactions

EVERYBODY = Scope("all")


async def test_a_tenant_is_kept_once(transactions: Transactions) -> None:
    tenant = a_tenant(id=transactions.tenant_id)

    async with transactions.begin() as work:
        assert await work.tenants.get() is None
        assert await work.tenants.add(tenant)
    async with transactions.begin() as work:
        assert not await work.tenants.add(replace(tenant, name="另一家"))
        assert await work.tenants.get() == await work.tenants.lock() == tenant


async def test_a_tenant_that_was_never_made_cannot_be_held(transactions: Transactions) -> None:
    async with transactions.begin() as work:
        with pytest.raises(NotFound):
            await work.tenants.lock()
        with pytest.raises(NotFound):
            await work.calendars.lock()


async def test_teams_are_kept_changed_and_listed_by_name(transactions: Transactions) -> None:
    first, second = a_team(name="王组"), a_team(name="李组", parent_id=TeamId(new_id()), leader_id=PersonId(new_id()))

    async with transactions.begin() as work:
        await work.teams.save_many([first, second])
        await work.teams.save_many([])
    async with transactions.begin() as work:
        changed = replace(first, kind="legal", version=2)
        await work.teams.save_many([changed])
        assert await work.teams.page(None, 10) == [second, changed]
        assert await work.teams.page(Cursor((sort_key("李组"),), second.id), 10) == [changed]
        assert await work.teams.page(None, 1) == [second]
        assert {team.id for team in await work.teams.all()} == {first.id, second.id}


async def test_people_are_kept_with_all_their_facts(transactions: Transactions) -> None:
    boss = a_person(roles={"supervisor", "rep"}, title="主管", email="w@y.example")
    rep = a_person(supervisor_id=boss.id, is_active=False)

    async with transactions.begin() as work:
        await work.people.save_many([boss, rep])
    async with transactions.begin() as work:
        await work.people.save_many([replace(rep, name="李娜", version=2)])
        assert await work.people.get(boss.id) == boss
        assert await work.people.get(rep.id) == replace(rep, name="李娜", version=2)
        assert await work.people.get(PersonId(new_id())) is None
        assert {person.id for person in await work.people.all()} == {boss.id, rep.id}


async def test_people_are_found_by_id_and_what_is_no_id_finds_nobody(transactions: Transactions) -> None:
    person = a_person()

    async with transactions.begin() as work:
        await work.people.save_many([person])
        found = await work.people.get_many([person.id, PersonId(new_id()), PersonId("service:gateway")])
        assert list(found) == [person]
        assert list(await work.people.get_many([])) == []


async def test_people_are_listed_by_name_within_filter_scope_and_page(transactions: Transactions) -> None:
    team, other = TeamId(new_id()), TeamId(new_id())
    zhang = a_person(name="张伟", team_id=team)
    li = a_person(name="李娜", team_id=team, roles={"rep", "supervisor"})
    wang = a_person(name="王芳", team_id=other)

    async with transactions.begin() as work:
        await work.people.save_many([zhang, li, wang])
    async with transactions.begin() as work:
        people = work.people
        assert await people.page(PeopleFilter(), EVERYBODY, None, 10) == [li, wang, zhang]
        assert await people.page(PeopleFilter(), EVERYBODY, Cursor((sort_key("李娜"),), li.id), 1) == [wang]
        assert await people.page(PeopleFilter(team_id=team), EVERYBODY, None, 10) == [li, zhang]
        assert await people.page(PeopleFilter(team_id="x"), EVERYBODY, None, 10) == []
        assert await people.page(PeopleFilter(role="supervisor"), EVERYBODY, None, 10) == [li]
        assert await people.page(PeopleFilter(), Scope("own", wang.id), None, 10) == [wang]
        assert await people.page(PeopleFilter(), Scope("team", wang.id, frozenset({team})), None, 10) == [
            li,
            wang,
            zhang,
        ]
        assert await people.page(PeopleFilter(), Scope("none"), None, 10) == []


async def test_people_of_one_name_are_listed_each_once(transactions: Transactions) -> None:
    namesakes = [a_person(name="张伟") for _ in range(5)]
    seen: list[str] = []

    async with transactions.begin() as work:
        await work.people.save_many(namesakes)
        after: Cursor | None = None
        while page := await work.people.page(PeopleFilter(), EVERYBODY, after, 2):
            seen += [person.id for person in page]
            after = Cursor((sort_key("张伟"),), page[-1].id)

    assert seen == sorted(person.id for person in namesakes)


async def test_a_calendar_is_kept_and_changed(transactions: Transactions) -> None:
    calendar = WorkCalendar.usual({2026: [CalendarDay(date(2026, 1, 1), DayKind.OFF, "元旦")], 2027: []})

    async with transactions.begin() as work:
        assert await work.calendars.get() is None
        await work.calendars.save(calendar)
    async with transactions.begin() as work:
        assert await work.calendars.lock() == calendar
        changed = replace(calendar, days=(), version=2)
        await work.calendars.save(changed)
        assert await work.calendars.get() == changed


async def test_tenants_do_not_see_one_another(transactions: Transactions) -> None:
    stranger = TenantId(new_id())
    person, team, tenant = a_person(), a_team(), a_tenant(id=transactions.tenant_id)
    async with transactions.begin() as work:
        await work.tenants.add(tenant)
        await work.teams.save_many([team])
        await work.people.save_many([person])
        await work.calendars.save(WorkCalendar.usual({}))

    async with transactions.begin(stranger) as work:
        assert await work.tenants.get() is None
        assert await work.calendars.get() is None
        assert list(await work.teams.all()) == []
        assert list(await work.people.all()) == []
        assert await work.people.get(person.id) is None
        assert list(await work.people.get_many([person.id])) == []
        assert await work.people.page(PeopleFilter(), EVERYBODY, None, 10) == []


async def test_a_transaction_that_fails_keeps_nothing(transactions: Transactions) -> None:
    async def change_and_fail() -> None:
        async with transactions.begin() as work:
            await work.people.save_many([a_person()])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await change_and_fail()

    async with transactions.begin() as work:
        assert list(await work.people.all()) == []
