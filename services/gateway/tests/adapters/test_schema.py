from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.schema import WITHOUT_TENANT
from gateway.adapters.postgres.tables import metadata
from support.databases import DatabaseFactory


async def test_migrations_make_the_tables_that_the_code_reads(database_factory: DatabaseFactory) -> None:
    def differences(connection: Connection) -> list[object]:
        names = set(metadata.tables)
        options = {"include_name": lambda name, kind, _: kind != "table" or name in names, "compare_type": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    engine = create_async_engine(database_factory("gateway").owner_url)
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()

    assert found == []


async def test_every_table_keeps_tenants_apart(database_factory: DatabaseFactory) -> None:
    unprotected = text(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT (relrowsecurity AND relforcerowsecurity)"
    )
    engine = create_async_engine(database_factory("gateway").superuser_url)
    async with engine.connect() as connection:
        found = {row.relname for row in await connection.execute(unprotected)}
    await engine.dispose()

    assert found <= WITHOUT_TENANT
