"""The repositories on real PostgreSQL keep the twins' promises, and the tables are as the code says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.database import Database
from pipeline.adapters.postgres.follow_ups import PostgresFollowUps
from pipeline.adapters.postgres.lead_standings import PostgresLeadStandings
from pipeline.adapters.postgres.tables import metadata

from ..builders import TENANT
from ..repository_contract import Repositories, RepositoryContract

if TYPE_CHECKING:
    from support.databases import Database as ProvisionedDatabase
    from support.databases import DatabaseFactory


@pytest.fixture
def pipeline_database(database_factory: DatabaseFactory) -> ProvisionedDatabase:
    return database_factory("pipeline")


class TestPostgresRepositories(RepositoryContract):
    @pytest.fixture
    def repositories(self, pipeline_database: ProvisionedDatabase) -> AbstractAsyncContextManager[Repositories]:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Repositories]:
            async with (
                Database.open(pipeline_database.login_url, service="pipeline") as database,
                database.transaction(TENANT) as transaction,
            ):
                yield Repositories(PostgresFollowUps(transaction), PostgresLeadStandings(transaction))

        return opened()


async def test_migrations_make_the_columns_that_the_code_names(pipeline_database: ProvisionedDatabase) -> None:
    engine = create_async_engine(pipeline_database.owner_url)
    async with engine.connect() as connection:
        found = await connection.run_sync(
            lambda sync: {
                table: {column["name"] for column in inspect(sync).get_columns(table)} for table in metadata.tables
            }
        )
    await engine.dispose()

    assert found == {name: set(table.columns.keys()) for name, table in metadata.tables.items()}
