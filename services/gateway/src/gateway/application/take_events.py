"""Queue events for every webhook that asks for them, in the transaction that marks them as seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from chassis.ids import TenantId, new_id
from gateway.application.webhook_ports import WebhookUnitOfWork
from gateway.domain.delivery import Delivery
from gateway.domain.ids import DeliveryId, WebhookId


@dataclass(frozen=True, slots=True)
class TakenEvent:
    """An event as webhooks get it."""

    event_id: str
    event_type: str
    body: Callable[[], tuple[Mapping[str, object], str]]
    """Its data as JSON values, and the whole body as text; asked for only where a webhook wants the event."""


@dataclass(frozen=True, slots=True)
class TakeEventsHandler:
    """Events for all webhooks of the tenant. Those that are paused or suspended get it later."""

    unit_of_work: WebhookUnitOfWork
    wake: Callable[[TenantId, WebhookId], None]

    async def __call__(self, events: Sequence[TakenEvent]) -> None:
        """Queues the events in their order."""
        async with self.unit_of_work.begin() as work:
            asking = await work.webhooks.asking_for({event.event_type for event in events})
            for event in events:
                asked = [webhook for webhook in asking if event.event_type in webhook.spec.event_types]
                if not asked:
                    continue
                data, body = event.body()
                for webhook in asked:
                    if webhook.spec.wants(event.event_type, data):
                        delivery_id = DeliveryId(new_id())
                        delivery = Delivery(delivery_id, webhook.id, event.event_id, event.event_type, body, work.now)
                        await work.deliveries.add(delivery)
                        work.after_commit(partial(self.wake, work.tenant_id, webhook.id))
