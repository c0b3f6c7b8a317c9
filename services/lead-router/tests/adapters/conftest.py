"""The router on a real database: a tenant with a director, two teams and their reps, and the whole service wired."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from ..desk import RouterDesk

if TYPE_CHECKING:
    from support.databases import Database as ProvisionedDatabase
    from support.databases import DatabaseFactory


@pytest.fixture
def router_database(database_factory: DatabaseFactory) -> ProvisionedDatabase:
    """A migrated database of the router."""
    return database_factory("lead_router")


@pytest_asyncio.fixture
async def desk(router_database: ProvisionedDatabase) -> AsyncIterator[RouterDesk]:
    """The router's servicers, called as the interceptors would call them."""
    async with RouterDesk.open(router_database.login_url) as opened:
        yield opened
