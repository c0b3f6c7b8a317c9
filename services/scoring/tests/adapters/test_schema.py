from __future__ import annotations

from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.authorization import Scope
from chassis.database import Database
from chassis.ids import TenantId, new_id
from chassis.schema import WITHOUT_TENANT
from scoring.adapters.postgres import model_tables
from scoring.adapters.postgres.customer_tables import customer_completeness
from scoring.adapters.postgres.funnel_count import funnel_count
from scoring.adapters.postgres.metric_tables import metric_definition
from scoring.application.ports import Viewpoint
from scoring.domain.funnel import FunnelQuestion, Grouping
from support.databases import Database as DatabaseCopy

from ..builders import ANNA, MONDAY, NORTH, a_life
from ..lead_funnels_contract import SHANGHAI, count, tell
from .conftest import TenantWork


async def test_the_tables_are_those_that_the_migrations_make(scoring_database: DatabaseCopy) -> None:
    metadata = model_tables.lead_model.metadata  # the tables of the warehouse stand in the same

    def differences(connection: Connection) -> list[object]:
        names = set(metadata.tables)
        assert {metric_definition.name, customer_completeness.name} <= names
        options = {"include_name": lambda name, kind, _: kind != "table" or name in names, "compare_type": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    engine = create_async_engine(scoring_database.owner_url)
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()

    assert found == []


async def test_every_table_keeps_tenants_apart(scoring_database: DatabaseCopy) -> None:
    engine = create_async_engine(scoring_database.superuser_url)
    async with engine.connect() as connection:
        tables = await connection.execute(
            text(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
                " AND NOT (relrowsecurity AND relforcerowsecurity)"
            )
        )
        unprotected = {row.relname for row in tables}
    await engine.dispose()

    assert unprotected <= WITHOUT_TENANT


async def test_a_tenant_sees_nothing_of_another(database: Database) -> None:
    await tell(TenantWork(database, TenantId(new_id())), a_life().assign(ANNA).take_in().told)

    assert await count(TenantWork(database, TenantId(new_id()))) == {}


@pytest.mark.parametrize("statement", ["UPDATE fact SET actor = 'nobody'", "DELETE FROM fact"])
async def test_a_fact_can_be_neither_changed_nor_removed(database: Database, statement: str) -> None:
    async with database.transaction(TenantId(new_id())) as transaction:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await transaction.connection.execute(text(statement))


@pytest.mark.parametrize(
    ("question", "scope", "index"),
    [
        pytest.param(
            FunnelQuestion(Grouping.SOURCE, received_from=MONDAY, received_before=MONDAY + timedelta(days=1)),
            Scope("all"),
            "lead_funnel_received_idx",
            id="a day of everybody",
        ),
        pytest.param(FunnelQuestion(), Scope("own", ANNA.person_id), "lead_funnel_owner_idx", id="all of one rep"),
        pytest.param(
            FunnelQuestion(Grouping.REP, MONDAY, MONDAY + timedelta(days=1), known_at=MONDAY + timedelta(days=2)),
            Scope("team", ANNA.person_id, frozenset({NORTH})),
            "lead_funnel_received_idx",
            id="a day of a team, as it was known",
        ),
    ],
)
async def test_the_funnel_is_counted_by_index(
    scoring_database: DatabaseCopy, database: Database, question: FunnelQuestion, scope: Scope, index: str
) -> None:
    tenant_id = TenantId(new_id())
    await _fill(scoring_database, tenant_id)
    statement = funnel_count(question, Viewpoint(scope, SHANGHAI, MONDAY + timedelta(days=365)))

    async with database.transaction(tenant_id) as transaction:
        compiled = statement.compile(transaction.connection.engine.sync_engine, compile_kwargs={"literal_binds": True})
        plan = "\n".join(row[0] for row in await transaction.connection.execute(text(f"EXPLAIN {compiled}")))

    assert index in plan
    assert "Seq Scan on lead_funnel" not in plan
    assert "Seq Scan on lead_owner" not in plan


async def _fill(database: DatabaseCopy, tenant_id: TenantId) -> None:
    """20,000 leads over 200 days, of 50 reps in 5 teams."""
    engine = create_async_engine(database.superuser_url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(_LEADS), {"tenant": tenant_id})
        await connection.execute(text(_OWNERS))
        await connection.execute(text("ANALYZE"))
    await engine.dispose()


_LEADS = (
    "INSERT INTO lead_funnel (tenant_id, lead_id, source, owner_id, team_id, owner_version, received_at,"
    " received_recorded_at, assigned_at, assigned_recorded_at)"
    " SELECT CAST(:tenant AS uuid), md5(n::text)::uuid, 'website', md5('owner' || n % 50)::uuid,"
    " md5('team' || n % 5)::uuid, 2, at, at, at, at"
    " FROM (SELECT n, timestamptz '2026-01-01' + n * interval '864 seconds' AS at FROM generate_series(1, 20000) n)"
)
_OWNERS = "INSERT INTO lead_owner SELECT tenant_id, lead_id, 2, owner_id, team_id, received_at FROM lead_funnel"
