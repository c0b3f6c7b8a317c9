"""Read webhooks and what became of their deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.errors import NotFound
from chassis.pages import Cursor
from gateway.application.webhook_ports import DeliveryFilter, QueueStanding, WebhookUnitOfWork
from gateway.domain.delivery import Delivery
from gateway.domain.ids import DeliveryId, WebhookId
from gateway.domain.webhook import Webhook


@dataclass(frozen=True, slots=True)
class StandingWebhook:
    """A webhook and how its queue stands."""

    webhook: Webhook
    queue: QueueStanding


@dataclass(frozen=True, slots=True)
class WebhookFinder:
    """Answers what callers ask about webhooks."""

    unit_of_work: WebhookUnitOfWork

    async def get(self, webhook_id: WebhookId) -> StandingWebhook:
        """One webhook.

        Raises:
            NotFound: there is none.
        """
        async with self.unit_of_work.begin() as work:
            webhook = await work.webhooks.get(webhook_id)
            if webhook is None:
                raise NotFound("webhook", webhook_id)
            standing = await work.deliveries.standing([webhook_id])
        return StandingWebhook(webhook, standing[webhook_id])

    async def page(self, after: Cursor | None, size: int, *, with_archived: bool) -> list[StandingWebhook]:
        """Webhooks, newest first, at most `size`."""
        async with self.unit_of_work.begin() as work:
            webhooks = await work.webhooks.page(after, size, with_archived=with_archived)
            standing = await work.deliveries.standing([each.id for each in webhooks])
        return [StandingWebhook(each, standing[each.id]) for each in webhooks]

    async def deliveries(
        self, webhook_id: WebhookId, wanted: DeliveryFilter, after: Cursor | None, size: int
    ) -> Sequence[Delivery]:
        """Deliveries of a webhook, newest first, at most `size`.

        Raises:
            NotFound: there is no such webhook.
        """
        async with self.unit_of_work.begin() as work:
            if await work.webhooks.get(webhook_id) is None:
                raise NotFound("webhook", webhook_id)
            return await work.deliveries.page(webhook_id, wanted, after, size)

    async def delivery(self, webhook_id: WebhookId, delivery_id: DeliveryId) -> Delivery:
        """One delivery with all its tries.

        Raises:
            NotFound: there is none.
        """
        async with self.unit_of_work.begin() as work:
            found = await work.deliveries.get(webhook_id, delivery_id)
        if found is None:
            raise NotFound("delivery", delivery_id)
        return found
