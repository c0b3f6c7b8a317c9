"""An open database of the ledger service for each test that asks for one."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
import structlog

from chassis.database import Database
from support.ledger import SERVICE, ledger_schema

if TYPE_CHECKING:
    from support.databases import Database as ProvisionedDatabase
    from support.databases import DatabaseFactory


@pytest.fixture(autouse=True)
def _quiet_logs() -> Iterator[None]:
    """Spares the pictures that structlog draws, unconfigured, of each fault that a test plants: seconds of CPU time."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


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
