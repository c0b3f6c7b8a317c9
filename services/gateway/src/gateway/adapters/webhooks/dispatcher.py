"""Which webhooks have something to send, in the worker: told by its own commits, else by a look around."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from chassis.every_tenant import on_behalf_of
from chassis.ids import TenantId
from chassis.rounds import Rounds
from gateway.application.webhook_ports import WebhookUnitOfWork
from gateway.domain.ids import WebhookId

SERVICE = "gateway"
_METHOD = "gateway.webhooks"

Queue = tuple[TenantId, WebhookId]


@dataclass(frozen=True, slots=True)
class DueWebhooks:
    """Looks over all tenants, one by one."""

    tenants: Callable[[], Awaitable[list[TenantId]]]
    unit_of_work: WebhookUnitOfWork

    async def __call__(self) -> list[Queue]:
        """The queues with something to send now."""
        found: list[Queue] = []
        for tenant_id in await self.tenants():
            with on_behalf_of(tenant_id, _METHOD, service=SERVICE):
                async with self.unit_of_work.begin() as work:
                    found += [(tenant_id, webhook_id) for webhook_id in await work.deliveries.due()]
        return found


def waking(rounds: Rounds[Queue]) -> Callable[[TenantId, WebhookId], None]:
    """How use cases wake the rounds of their own process."""
    return lambda tenant_id, webhook_id: rounds.wake((tenant_id, webhook_id))


def delivering(
    deliver: Callable[[WebhookId], Awaitable[timedelta | None]],
) -> Callable[[Queue], Awaitable[timedelta | None]]:
    """Serves one queue on behalf of its tenant."""

    async def serve(queue: Queue) -> timedelta | None:
        tenant_id, webhook_id = queue
        with on_behalf_of(tenant_id, _METHOD, service=SERVICE):
            return await deliver(webhook_id)

    return serve
