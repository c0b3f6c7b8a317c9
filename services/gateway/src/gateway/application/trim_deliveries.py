"""Delete deliveries that have served their time."""

from dataclasses import dataclass

from gateway.application.webhook_ports import WebhookUnitOfWork
from gateway.domain.delivery import KEPT


@dataclass(frozen=True, slots=True)
class TrimDeliveriesHandler:
    """Of the running context's tenant, a few thousand at a time."""

    unit_of_work: WebhookUnitOfWork

    async def __call__(self) -> int:
        """Deletes what came in too long ago; returns how many."""
        async with self.unit_of_work.begin() as work:
            return await work.deliveries.trim(work.now - KEPT)
