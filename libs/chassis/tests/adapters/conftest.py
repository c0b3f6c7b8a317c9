"""An open database of the ledger service for each test that asks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from chassis.database import Database
from support.ledger import SERVICE, ledger_schema

if TYPE_CHECKING:
    from support.databases import Database as ProvisionedDatabase
    from support.databases import DatabaseFactory


@pytest.fixture(autouse=True)
def _quiet(quiet_logs: None) -> None:
    """For every test here."""


@pytest.fixture
def ledger_database(database_factory: DatabaseFactory) -> ProvisionedDatabase:
    """The ledger service's database, empty, with the addresses of its roles."""
    return database_factory(SERVICE, migrate=ledger_schema, schema="ledger")


@pytest_asyncio.fixture
async def ledger(ledger_database: ProvisionedDatabase) -> AsyncIterator[Database]:
    """The same, open under the service's login."""
    async with Database.open(ledger_database.login_url, service=SERVICE) as database:
        yield database


@pytest.fixture
def _breakable_ledger_database(breakable_database_factory: DatabaseFactory) -> ProvisionedDatabase:
    return breakable_database_factory(SERVICE, migrate=ledger_schema, schema="ledger")


@pytest_asyncio.fixture
async def breakable_ledger(_breakable_ledger_database: ProvisionedDatabase) -> AsyncIterator[Database]:
    """The ledger service's database on `breakable_postgres`, open under the service's login."""
    async with Database.open(_breakable_ledger_database.login_url, service=SERVICE) as database:
        yield database
