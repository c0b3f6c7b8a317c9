"""Sends pending letters in the worker: at once when one comes up here, else by looking at every tenant in turn."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy.exc import DBAPIError

from chassis.errors import Unreachable
from chassis.every_tenant import on_behalf_of
from chassis.ids import TenantId
from chassis.logs import logger

log = logger(__name__)

_SWEEP_EVERY_S = 60.0
_PAUSE_AFTER_FAULT_S = 5.0

Deliver = Callable[[], Awaitable[timedelta | None]]


class MailRoom:
    """Knows the tenants with letters to send. What it forgets when the process ends, a sweep finds again."""

    def __init__(
        self, tenants: Callable[[], Awaitable[list[TenantId]]], *, sweep_every_s: float = _SWEEP_EVERY_S
    ) -> None:
        self._tenants = tenants
        self._sweep_every_s = sweep_every_s
        self._waiting: asyncio.Queue[TenantId] = asyncio.Queue()
        self._queued: set[TenantId] = set()

    def wake(self, tenant_id: TenantId) -> None:
        """There is something to send for the tenant. To be called on the worker's event loop."""
        if tenant_id not in self._queued:
            self._queued.add(tenant_id)
            self._waiting.put_nowait(tenant_id)

    async def run(self, deliver: Deliver) -> None:
        """Delivers until cancelled.

        Args:
            deliver: sends a batch of the running context's tenant and says when to come again.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._sweep())
            group.create_task(self._deliver(deliver))

    async def _sweep(self) -> None:
        while True:
            try:
                for tenant_id in await self._tenants():
                    self.wake(tenant_id)
            except (Unreachable, DBAPIError) as fault:
                log.warning("mail_room.sweep_interrupted", fault=type(fault).__name__)
            await asyncio.sleep(self._sweep_every_s)

    async def _deliver(self, deliver: Deliver) -> None:
        while True:
            tenant_id = await self._waiting.get()
            self._queued.discard(tenant_id)
            again_s = await self._deliver_for(tenant_id, deliver)
            # What is due after the next sweep is left to that sweep.
            if again_s is not None and again_s < self._sweep_every_s:
                asyncio.get_running_loop().call_later(again_s, self.wake, tenant_id)

    async def _deliver_for(self, tenant_id: TenantId, deliver: Deliver) -> float | None:
        with on_behalf_of(tenant_id, "collab.mail_room", service="collab"):
            try:
                due_in = await deliver()
            except Exception as fault:  # logged in full: one tenant's fault must not stop the others' mail
                log.warning("mail_room.interrupted", fault=type(fault).__name__, exc_info=fault)
                return _PAUSE_AFTER_FAULT_S
        return None if due_in is None else due_in.total_seconds()
