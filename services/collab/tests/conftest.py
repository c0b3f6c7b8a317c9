"""Fixtures of this service's tests: its database, and transactions in memory and on PostgreSQL alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from chassis import context
from chassis.database import Database
from chassis.ids import TenantId, new_id
from chassis.unit_of_work import UnitOfWork
from collab.adapters.postgres.unit_of_work import PostgresWork
from collab.application.ports import UnitOfWork as UnitOfWorkPort
from collab.application.ports import Work
from support.databases import DatabaseFactory
from support.tokens import TokenIssuer

from .in_memory import InMemoryUnitOfWork, a_request

if TYPE_CHECKING:
    from .running import Running
    from .sales import FoundedSales, SalesSite


@pytest.fixture
async def database(database_factory: DatabaseFactory) -> AsyncIterator[Database]:
    """The service's database, migrated and empty."""
    async with Database.open(database_factory("collab").login_url, service="collab", pool_size=5) as opened:
        yield opened


@dataclass(frozen=True, slots=True)
class Transactions:
    """Transactions of a tenant, wherever they are kept."""

    unit_of_work: UnitOfWorkPort
    tenant_id: TenantId

    def begin(self, tenant_id: TenantId | None = None) -> AbstractAsyncContextManager[Work]:
        return self._begin(tenant_id or self.tenant_id)

    @asynccontextmanager
    async def _begin(self, tenant_id: TenantId) -> AsyncIterator[Work]:
        with context.bind(a_request(tenant_id, roles=frozenset({"service"}))):
            async with self.unit_of_work.begin() as work:
                yield work


@pytest.fixture(params=["memory", "postgres"])
def transactions(request: pytest.FixtureRequest) -> Transactions:
    """Every contract suite runs on the twins in memory and on PostgreSQL."""
    if request.param == "memory":
        return Transactions(InMemoryUnitOfWork(), TenantId(new_id()))
    database: Database = request.getfixturevalue("database")
    return Transactions(UnitOfWork(database, PostgresWork), TenantId(new_id()))


@pytest.fixture
async def running(database_factory: DatabaseFactory, token_issuer: TokenIssuer) -> AsyncIterator[Running]:
    """The service behind a real gRPC server, with an empty database."""
    from .running import run_service  # noqa: PLC0415 (imports the Kafka client, which needs the filters of a running session)

    async with run_service(database_factory("collab"), token_issuer) as served:
        yield served


@pytest.fixture(scope="session")
def founded() -> dict[str, FoundedSales]:
    """Where this worker keeps the tenant that it has founded once for all its tests."""
    return {}


@pytest.fixture
async def sales(
    database_factory: DatabaseFactory, token_issuer: TokenIssuer, founded: dict[str, FoundedSales]
) -> AsyncIterator[SalesSite]:
    """A tenant with two sales teams, behind a server and in a database of its own."""
    from .running import run_service  # noqa: PLC0415 (as above)
    from .sales import found_sales  # noqa: PLC0415 (as above)

    if "sales" not in founded:
        founded["sales"] = await found_sales(database_factory, token_issuer)
    async with run_service(database_factory.copy(founded["sales"].database), token_issuer) as served:
        yield founded["sales"].opened(served)
