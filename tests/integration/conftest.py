"""The ledger: a service of tests alone, whose database holds nothing but the effects of events."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chassis.database import Database
from support.databases import DatabaseFactory
from support.ledger import SERVICE, ledger_schema


@pytest.fixture
def ledger_url(database_factory: DatabaseFactory) -> str:
    """Where its login connects."""
    return database_factory(SERVICE, migrate=ledger_schema, schema="ledger").login_url


@pytest_asyncio.fixture
async def ledger(ledger_url: str) -> AsyncIterator[Database]:
    """Its database, open."""
    async with Database.open(ledger_url, service=SERVICE) as database:
        yield database
