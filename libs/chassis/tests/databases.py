"""A database with the chassis' own tables and nothing else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.schema import create_chassis_tables

if TYPE_CHECKING:
    from support.databases import Database

SERVICE = "pipeline"


def chassis_tables_alone(database: Database) -> None:
    """For `database_factory(SERVICE, migrate=chassis_tables_alone, schema="chassis")`."""

    def create(connection: Connection) -> None:
        create_chassis_tables(Operations(MigrationContext.configure(connection)), SERVICE)

    async def run() -> None:
        engine = create_async_engine(database.owner_url)
        async with engine.begin() as connection:
            await connection.run_sync(create)
        await engine.dispose()

    asyncio.run(run())
