"""Sends pending letters in the worker: at once when one comes up here, else by looking at every tenant in turn."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from chassis.every_tenant import on_behalf_of
from chassis.ids import TenantId
from chassis.rounds import Rounds

_SWEEP_EVERY_S = 60.0

Deliver = Callable[[], Awaitable[timedelta | None]]


class MailRoom:
    """Knows the tenants with letters to send. What it forgets when the process ends, a sweep finds again."""

    def __init__(
        self, tenants: Callable[[], Awaitable[list[TenantId]]], *, sweep_every_s: float = _SWEEP_EVERY_S
    ) -> None:
        self._rounds = Rounds(tenants, name="collab.mail_room", look_every_s=sweep_every_s)

    def wake(self, tenant_id: TenantId) -> None:
        """There is something to send for the tenant. To be called on the worker's event loop."""
        self._rounds.wake(tenant_id)

    async def run(self, deliver: Deliver) -> None:
        """Delivers until cancelled.

        Args:
            deliver: sends a batch of the running context's tenant and says when to come again.
        """

        async def deliver_for(tenant_id: TenantId) -> timedelta | None:
            with on_behalf_of(tenant_id, "collab.mail_room", service="collab"):
                return await deliver()

        await self._rounds.run(deliver_for)
