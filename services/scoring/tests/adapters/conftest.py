"""What the adapters' tests stand on: a migrated database of their own, and work done for a tenant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from chassis.context import Principal, RequestContext, bind
from chassis.database import Database
from chassis.ids import TenantId
from chassis.unit_of_work import UnitOfWork
from scoring.adapters.postgres.unit_of_work import PostgresWork
from support.databases import Database as DatabaseCopy
from support.databases import DatabaseFactory
from support.tokens import TokenIssuer

from ..builders import TENANT

if TYPE_CHECKING:
    from .desk import Desk


@dataclass
class TenantWork:
    """A unit of work that begins for one tenant, as in a request."""

    database: Database
    tenant_id: TenantId = TENANT

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresWork]:
        principal = Principal("service", "service:test", None, frozenset({"service"}))
        with bind(RequestContext(principal, self.tenant_id, method="test")):
            async with UnitOfWork(self.database, PostgresWork).begin() as work:
                yield work


@pytest.fixture
def scoring_database(database_factory: DatabaseFactory) -> DatabaseCopy:
    return database_factory("scoring")


@pytest.fixture
async def database(scoring_database: DatabaseCopy) -> AsyncIterator[Database]:
    async with Database.open(scoring_database.login_url, service="scoring", pool_size=5) as database:
        yield database


@pytest.fixture
def unit_of_work(database: Database) -> TenantWork:
    return TenantWork(database)


@pytest.fixture
async def desk(scoring_database: DatabaseCopy, token_issuer: TokenIssuer) -> AsyncIterator[Desk]:
    # Brokers' clients come with it, and not before the warnings that pytest lets pass are known.
    from .desk import Desk  # noqa: PLC0415

    async with Desk.open(scoring_database, token_issuer) as desk:
        yield desk
