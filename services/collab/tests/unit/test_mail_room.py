from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from chassis import context
from chassis.errors import Unreachable
from chassis.ids import TenantId, new_id
from collab.adapters.smtp.mail_room import Deliver, MailRoom
from support.waiting import eventually_async


@asynccontextmanager
async def working(room: MailRoom, deliver: Deliver) -> AsyncIterator[None]:
    task = asyncio.create_task(room.run(deliver))
    yield
    task.cancel()
    await asyncio.wait([task])


def serving(served: list[str], waits: list[timedelta] | None = None) -> Deliver:
    """Notes for whom it is called; asks to be called again after each of the waits."""
    left = list(waits or [])

    async def deliver() -> timedelta | None:
        served.append(current_tenant())
        return left.pop(0) if left else None

    return deliver


def current_tenant() -> TenantId:
    tenant_id = context.current().tenant_id
    assert tenant_id is not None
    return tenant_id


def tenants(*tenant_ids: TenantId) -> Callable[[], Awaitable[list[TenantId]]]:
    async def give() -> list[TenantId]:
        return list(tenant_ids)

    return give


async def until_served(served: list[str], *expected: str) -> None:
    async def is_so() -> bool:
        return served == list(expected)

    await eventually_async(is_so, what=f"served {expected}")


async def test_it_delivers_for_those_it_is_woken_for_and_for_everybody_when_it_sweeps() -> None:
    swept, woken = TenantId(new_id()), TenantId(new_id())
    served: list[str] = []
    room = MailRoom(tenants(swept), sweep_every_s=3600)

    async with working(room, serving(served)):
        await until_served(served, swept)
        room.wake(woken)
        room.wake(woken)
        await until_served(served, swept, woken)


async def test_it_comes_again_when_there_is_more() -> None:
    tenant = TenantId(new_id())
    served: list[str] = []
    more_in = [timedelta(0), timedelta(milliseconds=5)]

    async with working(MailRoom(tenants(tenant), sweep_every_s=3600), serving(served, more_in)):
        await until_served(served, tenant, tenant, tenant)


async def test_a_fault_of_one_tenant_does_not_stop_the_others() -> None:
    faulty, fine = TenantId(new_id()), TenantId(new_id())
    served: list[str] = []
    note = serving(served)

    async def deliver() -> timedelta | None:
        if current_tenant() == faulty:
            raise RuntimeError
        return await note()

    async with working(MailRoom(tenants(faulty, fine), sweep_every_s=3600), deliver):
        await until_served(served, fine)


async def test_a_sweep_that_finds_the_database_away_is_made_again() -> None:
    tenant = TenantId(new_id())
    served: list[str] = []
    faults = [Unreachable("PostgreSQL")]

    async def once_away() -> list[TenantId]:
        if faults:
            raise faults.pop()
        return [tenant] if not served else []

    async with working(MailRoom(once_away, sweep_every_s=0.01), serving(served)):
        await until_served(served, tenant)
