from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.database import Database, sqlstate
from chassis.ids import TenantId, new_id
from chassis.schema import chassis_tables
from collab.adapters.postgres.tables import metadata
from support.databases import DatabaseFactory


async def test_migrations_make_the_tables_that_the_code_reads(database_factory: DatabaseFactory) -> None:
    engine = create_async_engine(database_factory("collab").owner_url)

    async with engine.connect() as connection:
        differences = await connection.run_sync(_differences)
    await engine.dispose()

    assert differences == []


def _differences(connection: Connection) -> list[Any]:
    others = {table.name for table in chassis_tables()} | {"alembic_version"}

    def is_ours(thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        table = name if kind == "table" else thing.table.name
        return table not in others

    context = MigrationContext.configure(connection, opts={"include_object": is_ours})
    return list(compare_metadata(context, metadata))


async def test_every_table_hides_its_rows_from_other_tenants_and_from_the_owner(
    database_factory: DatabaseFactory,
) -> None:
    engine = create_async_engine(database_factory("collab").superuser_url)

    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity AND relforcerowsecurity")
        )
        secured = set(rows.scalars())
    await engine.dispose()

    assert set(metadata.tables) <= secured


async def test_a_row_cannot_be_written_for_another_tenant(database: Database) -> None:
    foreign = text("INSERT INTO urgent_lead (tenant_id, lead_id) VALUES (:tenant, :lead)")

    async def write() -> None:
        async with database.transaction(TenantId(new_id())) as transaction:
            await transaction.connection.execute(foreign, {"tenant": new_id(), "lead": new_id()})

    with pytest.raises(DBAPIError) as refused:
        await write()

    assert sqlstate(refused.value) == "42501"


async def test_the_system_role_sees_nothing_of_the_directory(database: Database) -> None:
    async def read() -> None:
        async with database.system() as connection:
            await connection.execute(text("SELECT * FROM person"))

    with pytest.raises(DBAPIError) as refused:
        await read()

    assert sqlstate(refused.value) == "42501"
