"""The whole way from events to counts, on PostgreSQL, for streams as a broker may deliver them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from chassis.authorization import Scope
from chassis.database import Database
from chassis.ids import TenantId, new_id
from chassis.pages import Cursor
from scoring.adapters.kafka.facts import fact_of, told_by
from scoring.adapters.postgres.tables import metadata
from scoring.adapters.postgres.unit_of_work import PostgresWork
from scoring.application.ports import Viewpoint
from scoring.application.record_fact import RecordFact, RecordFactsHandler
from scoring.domain.funnel import COUNTS, LEAD_COUNTS, Funnel, FunnelQuestion, FunnelRow, Grouping
from scoring.domain.funnel_cell import FunnelCell, FunnelLead, FunnelOpportunity

from ..builders import Life, Sale, Telling, all_told
from ..in_memory import InMemoryUnitOfWork
from ..lead_funnels_contract import EVERYTHING, MUCH_LATER, SHANGHAI
from ..lives import companies, questions, scopes
from .conftest import TenantWork

# Each example has a tenant of its own, so examples share the database without meeting.
on_one_database = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def record(unit_of_work: Any, tellings: Iterable[Telling]) -> None:
    handler = RecordFactsHandler(unit_of_work)
    for telling in tellings:
        await handler([RecordFact(fact_of(telling.event()), told_by(telling.event()))])


async def filled(database: Database, tellings: Iterable[Telling]) -> TenantWork:
    """A new tenant who was told all this, in one transaction."""
    tenant = TenantWork(database, TenantId(new_id()))
    async with tenant.begin() as work:
        await record(OneTransaction(work), tellings)
    return tenant


@dataclass
class OneTransaction:
    """A unit of work that is always part of the same transaction."""

    work: PostgresWork

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresWork]:
        yield self.work


async def rows_of(tenant: TenantWork) -> dict[str, list[tuple[object, ...]]]:
    """All that the tenant's tables hold."""
    async with tenant.database.transaction(tenant.tenant_id) as transaction:
        return {
            table.name: sorted(map(tuple, await transaction.connection.execute(select(*_columns(table)))), key=repr)
            for table in metadata.sorted_tables
        }


def _columns(table: Any) -> list[Any]:
    return [column for column in table.c if column.name != "tenant_id"]


async def counted(unit_of_work: Any, question: FunnelQuestion, scope: Scope) -> list[FunnelRow]:
    async with unit_of_work.begin() as work:
        rows: Sequence[FunnelRow] = await work.funnels.count(question, Viewpoint(scope, SHANGHAI, MUCH_LATER))
    return sorted(rows, key=lambda row: row.groups)


@on_one_database
@given(companies(), st.randoms(use_true_random=False))
async def test_shuffled_and_repeated_events_leave_the_same_rows(
    database: Database, told: list[Life | Sale], random: Random
) -> None:
    in_order = all_told(told)
    shuffled = in_order + random.choices(in_order, k=len(in_order)) if in_order else []
    random.shuffle(shuffled)

    expected = await filled(database, in_order)
    found = await filled(database, shuffled)

    assert await rows_of(found) == await rows_of(expected)


@on_one_database
@given(companies(), st.lists(st.tuples(questions(), scopes()), min_size=1, max_size=8))
async def test_the_statement_counts_what_a_plain_reading_of_the_facts_counts(
    database: Database, told: list[Life | Sale], asked: list[tuple[FunnelQuestion, Scope]]
) -> None:
    tenant, twin = await filled(database, all_told(told)), InMemoryUnitOfWork(MUCH_LATER)
    await record(twin, all_told(told))

    for question, scope in asked:
        assert await counted(tenant, question, scope) == await counted(twin, question, scope)


@on_one_database
@given(companies(), questions(), scopes())
async def test_groups_add_up_to_the_total(
    database: Database, told: list[Life | Sale], question: FunnelQuestion, scope: Scope
) -> None:
    tenant = await filled(database, all_told(told))
    bounds = (question.received_from, question.received_before, question.known_at)

    totals = [Funnel.of(await counted(tenant, FunnelQuestion(group_by, *bounds), scope)).total for group_by in Grouping]

    assert totals == [totals[0]] * len(Grouping)


@on_one_database
@given(companies(), questions(), scopes())
async def test_every_figure_opens_to_as_many_as_it_says(
    database: Database, told: list[Life | Sale], question: FunnelQuestion, scope: Scope
) -> None:
    tenant, view = await filled(database, all_told(told)), Viewpoint(scope, SHANGHAI, MUCH_LATER)
    twin = InMemoryUnitOfWork(MUCH_LATER)
    await record(twin, all_told(told))

    for row in await counted(tenant, question, scope):
        for figure in COUNTS:
            cell = FunnelCell(question, figure, row.groups)
            opened = await opened_in_pages(tenant, cell, view)

            assert len(opened) == len({each.id for each in opened}) == getattr(row, figure)
            assert opened == await opened_in_pages(twin, cell, view)


async def opened_in_pages(unit_of_work: Any, cell: FunnelCell, view: Viewpoint) -> list[FunnelLead | FunnelOpportunity]:
    found: list[FunnelLead | FunnelOpportunity] = []
    async with unit_of_work.begin() as work:
        ask = work.funnels.leads if cell.figure in LEAD_COUNTS else work.funnels.opportunities
        while page := await ask(cell, view, _after(found), 2):
            found += page
    return found


def _after(found: list[FunnelLead | FunnelOpportunity]) -> Cursor | None:
    return Cursor((found[-1].at.isoformat(),), found[-1].id) if found else None


@on_one_database
@given(companies())
async def test_snapshots_give_the_present_state_that_the_history_gives(
    database: Database, told: list[Life | Sale]
) -> None:
    standing = [life for life in told if life.state != "rejected"]
    history = await filled(database, all_told(standing))
    fresh = await filled(database, [snapshot for life in standing for snapshot in life.snapshots()])

    for group_by in Grouping:
        expected = await counted(history, FunnelQuestion(group_by), EVERYTHING)
        found = await counted(fresh, FunnelQuestion(group_by), EVERYTHING)

        assert [_visible(row) for row in found] == [_visible(row) for row in expected]
        for seen, happened in zip(found, expected, strict=True):
            assert seen.assigned <= happened.assigned
            assert seen.silent <= happened.silent


def _visible(row: FunnelRow) -> tuple[object, ...]:
    """What the present state of a lead shows of its way. Owners it had before and alarms that are over, it does not."""
    figures = [getattr(row, name) for name in COUNTS if name not in ("assigned", "silent")]
    return *row.groups, *figures
