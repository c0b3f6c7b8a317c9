"""The repositories on real PostgreSQL keep the twins' promises, and the tables are as the code says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.database import Database
from pipeline.adapters.postgres.follow_ups import PostgresFollowUps
from pipeline.adapters.postgres.lead_standings import PostgresLeadStandings
from pipeline.adapters.postgres.opportunities import PostgresOpportunities
from pipeline.adapters.postgres.stage_models import PostgresStageModels
from pipeline.adapters.postgres.stage_moves import PostgresStageMoves
from pipeline.adapters.postgres.tables import metadata

from ..builders import TENANT
from ..opportunity_contract import OpportunityContract, OpportunityRepositories
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


class TestPostgresOpportunities(OpportunityContract):
    @pytest.fixture
    def repositories(
        self, pipeline_database: ProvisionedDatabase
    ) -> AbstractAsyncContextManager[OpportunityRepositories]:
        @asynccontextmanager
        async def opened() -> AsyncIterator[OpportunityRepositories]:
            async with (
                Database.open(pipeline_database.login_url, service="pipeline") as database,
                database.transaction(TENANT) as transaction,
            ):
                yield OpportunityRepositories(
                    PostgresStageModels(transaction),
                    PostgresOpportunities(transaction),
                    PostgresStageMoves(transaction),
                )

        return opened()


@pytest.mark.parametrize("table", ["stage_model", "opportunity_revision", "stage_move"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "UPDATE {} SET version = 1"])
async def test_database_refuses_to_rewrite_history(
    pipeline_database: ProvisionedDatabase, table: str, change: str
) -> None:
    async with Database.open(pipeline_database.login_url, service="pipeline") as database:
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with database.transaction(TENANT) as transaction:
                await transaction.connection.execute(text(change.format(table).replace("version", _column(table))))


def _column(table: str) -> str:
    return "number" if table == "stage_move" else "version"


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
