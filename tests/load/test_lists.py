"""The measured lists and searches over a few rows: they show what a plain question shows, and read it off an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event

from chassis.ids import TenantId
from load.bench_lists import SERVICES
from load.lists.asking import Asker, asking
from load.lists.cases import Case, List, ListsOfService
from load.lists.names import name_all
from load.lists.searches import SEARCHES
from load.measuring.crowd import DIRECTOR, HEAD, LEADER, PEOPLE, QUIET, REP, TENANT, fill, team_id
from support.databases import DatabaseFactory
from support.tokens import TokenIssuer

ROWS = 2000
TEAMS: Mapping[str, Sequence[int]] = {LEADER: [7], QUIET: [49], HEAD: range(10, 20)}
OWNERS = {"follow_up": "person_id", "task": "assignee_id"}
SCOPED = {"lead", "opportunity", "follow_up", "customer", "task"}

INDEXES: Mapping[tuple[str, str], Sequence[str]] = {
    ("leads", "ten teams"): ["lead_owner_idx", "lead_team_idx", "lead_nobodys_idx"],
    ("leads", "all, two states"): ["lead_state_idx"],
    ("leads", "all, rare source"): ["lead_source_idx"],
    ("leads", "all, to be activated"): ["lead_to_be_activated_idx"],
    ("opportunities", "ten teams"): ["opportunity_owner_idx", "opportunity_team_idx"],
    ("opportunities", "all, rare stage"): ["opportunity_stage_order_idx"],
    ("opportunities", "all, rare product line"): ["opportunity_product_line_idx"],
    ("follow-ups", "ten teams"): ["follow_up_person_idx", "follow_up_team_idx"],
    ("follow-ups", "own, a large customer"): ["follow_up_customer_owner_order_idx"],
    ("customers", "ten teams"): ["customer_owner_order_idx", "customer_team_order_idx", "customer_nobodys_order_idx"],
    ("customers", "all, rare region"): ["customer_region_order_idx"],
    ("customers", "all, archived"): ["customer_archived_order_idx"],
    ("tasks", "ten teams"): ["task_assignee_order_idx", "task_team_order_idx", "task_creator_idx"],
    ("tasks", "all"): ["task_order_idx"],
    ("tasks", "all, open"): ["task_state_order_idx"],
    ("tasks", "all, a large customer, open"): ["task_customer_order_idx"],
    ("timeline", "of a large customer, rare department"): ["timeline_entry_customer_order_idx"],
    ("notices", "of a busy person, unread"): ["notification_unread_order_idx"],
    ("notices", "of a busy person, rare kind"): ["notification_person_order_idx"],
}
"""By list and question what its plan must use, so that it grows with the page and not with the table."""
_NO_OTHER_WAY = ("enable_seqscan", "enable_bitmapscan", "enable_sort")


@pytest.mark.parametrize("lists", SERVICES, ids=[lists.service for lists in SERVICES])
async def test_a_page_has_the_rows_of_the_callers_scope_and_is_read_off_an_index_that_has_their_order(
    lists: ListsOfService, database_factory: DatabaseFactory, token_issuer: TokenIssuer
) -> None:
    database = database_factory(lists.service)
    await fill(database.superuser_dsn, lists.fillings, ROWS)
    plain = await asyncpg.connect(database.superuser_dsn)

    try:
        async with asking(database, token_issuer, lists) as asker:
            for each in lists.lists:
                await _compare(asker, plain, each)
    finally:
        await plain.close()


async def _compare(asker: Asker, plain: asyncpg.Connection, of: List) -> None:
    named = attrgetter(of.id)
    for case in of.cases:
        found = [named(row) for row in getattr(await asker.answer(of, case), of.rows)]
        assert found or case.may_be_empty, f"{of.name}, {case.what}"
        assert len(set(found)) == len(found)
        if of.table in SCOPED and case.filter == type(case.filter)() and not case.is_deep:
            assert found == await _expected(plain, of, case.who), f"{of.name}, {case.what}"
        if indexes := INDEXES.get((of.name, case.what)):
            plan = await _plan(asker, of, case)
            assert [index for index in indexes if index not in plan] == [], plan


async def _expected(plain: asyncpg.Connection, of: List, who: str) -> list[str]:
    """Ids of the first page, by a question that nobody has tuned."""
    owner, me = OWNERS.get(of.table, "owner_id"), PEOPLE[who].person_id
    teams = [team_id(number) for number in TEAMS.get(who, [])]
    seen = {
        REP: f"{owner} = '{me}'",
        DIRECTOR: "true",
    }.get(who, f"({owner} = '{me}' OR team_id = ANY($2::uuid[]) OR ({owner} IS NULL AND team_id IS NULL))")
    if of.table == "task":
        seen = f"({seen} OR creator_id = '{me}')"
    if of.table == "customer":
        seen = f"({seen}) AND merged_into IS NULL AND NOT is_archived"
    order = ", ".join(f"{column} {'DESC' if of.is_newest_first else 'ASC'}" for column in of.order)
    seen = f"tenant_id = $1 AND {seen} AND $2::uuid[] IS NOT NULL"
    query = f"SELECT id FROM {of.table} WHERE {seen} ORDER BY {order} LIMIT 50"
    return [str(row["id"]) for row in await plain.fetch(query, TENANT, teams)]


async def test_who_sees_little_finds_the_same_by_few_keys_as_by_many(
    database_factory: DatabaseFactory, token_issuer: TokenIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for searches, tables in SEARCHES:
        database = database_factory(searches.service)
        await fill(database.superuser_dsn, searches.fillings, ROWS)
        await name_all(database.superuser_dsn, tables)

        async with asking(database, token_issuer, searches) as asker:
            few = [await _found(asker, each) for each in searches.lists]
            monkeypatch.setattr("chassis.search_index._FEW", -1)
            monkeypatch.setattr("collab.adapters.postgres.customers._FEW", -1)
            many = [await _found(asker, each) for each in searches.lists]
            monkeypatch.undo()

        assert few == many
        assert all(any(found.values()) for found in few)


async def _found(asker: Asker, of: List) -> dict[str, list[str]]:
    named = attrgetter(of.id)
    return {case.what: [named(row) for row in getattr(await asker.answer(of, case), of.rows)] for case in of.cases}


async def _plan(asker: Asker, of: List, case: Case) -> str:
    """How PostgreSQL would read the page of a table too large for any other way."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if f"FROM {of.table}" in statement and "LIMIT" in statement:  # the page, not a count beside it
            asked.append((statement, values))

    event.listen(asker.database.engine.sync_engine, "before_cursor_execute", note)
    try:
        await asker.answer(of, case)
    finally:
        event.remove(asker.database.engine.sync_engine, "before_cursor_execute", note)
    async with asker.database.transaction(TenantId(TENANT)) as transaction:
        for way in _NO_OTHER_WAY:
            await transaction.connection.exec_driver_sql(f"SET LOCAL {way} = off")
        statement, values = asked[-1]
        rows = await transaction.connection.exec_driver_sql(f"EXPLAIN {statement}", values)
        return "\n".join(row[0] for row in rows)
