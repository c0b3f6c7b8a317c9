"""Runs a use case for a tenant, or for all of them one by one, without anybody having asked."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from chassis import context
from chassis.context import Principal, RequestContext
from chassis.database import Database
from chassis.ids import TenantId
from chassis.retention import tenants_of


@contextmanager
def on_behalf_of(tenant_id: TenantId, method: str, *, service: str) -> Iterator[None]:
    """Makes this service the caller, for one tenant, inside the block.

    Args:
        tenant_id: the tenant worked for.
        method: what the work is called, for audit and traces.
        service: name of this service.
    """
    principal = Principal("service", f"service:{service}", None, frozenset({"service"}))
    with context.bind(RequestContext(principal, tenant_id, method=method)):
        yield


def for_every_tenant(
    database: Database, method: str, work: Callable[[], Awaitable[object]]
) -> Callable[[], Awaitable[None]]:
    """A job that does the work for each active tenant."""

    async def run() -> None:
        for tenant_id in await tenants_of(database):
            with on_behalf_of(tenant_id, method, service=database.service):
                await work()

    return run
