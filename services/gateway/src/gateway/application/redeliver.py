"""Send deliveries again, pass over one, and try a webhook out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from chassis.errors import Invalid, NotFound, Violation
from chassis.ids import TenantId, new_id
from gateway.application.webhook_ports import Sender, WebhookUnitOfWork, WebhookWork
from gateway.domain.delivery import MOST_REPLAYED, TEST, Delivery, DeliveryState
from gateway.domain.ids import DeliveryId, WebhookId
from gateway.domain.webhook import Webhook


@dataclass(frozen=True, slots=True)
class ReplayDeliveries:
    """What is to be sent again: deliveries by id, or a span of business time."""

    webhook_id: WebhookId
    delivery_ids: Sequence[DeliveryId] = ()
    begin: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Redeliverer:
    """What somebody does to deliveries by hand."""

    unit_of_work: WebhookUnitOfWork
    sender: Sender
    wake: Callable[[TenantId, WebhookId], None]
    real_now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def replay(self, command: ReplayDeliveries) -> int:
        """Queues deliveries again in their old order, behind what waits; returns how many.

        Raises:
            Invalid: ids and a span, or neither; or too many at once.
            NotFound: there is no such webhook, or one of the deliveries is not its own.
            WebhookStateForbids: it is archived.
        """
        if bool(command.delivery_ids) is (command.begin is not None):
            raise Invalid([Violation("delivery_ids", "replay.unclear", "give either delivery_ids or from")])
        async with self.unit_of_work.begin() as work:
            webhook = await _in_use(work, command.webhook_id, "replay")
            chosen = command.delivery_ids or await _of_span(work, command)
            queued = await work.deliveries.replay(webhook.id, chosen, work.now)
            if command.delivery_ids and queued < len(chosen):
                raise NotFound("delivery", await _first_missing(work, command))
            work.audit.record(
                action="webhook.replay", resource=f"webhooks/{webhook.id}", after={"queued": queued, **_span(command)}
            )
            work.after_commit(partial(self.wake, work.tenant_id, webhook.id))
            return await work.answer(queued)

    async def skip(self, webhook_id: WebhookId, delivery_id: DeliveryId) -> Delivery:
        """Passes over a delivery that waits and returns it.

        Raises:
            NotFound: there is none.
            DeliveryStateForbids: it does not wait any more.
        """
        async with self.unit_of_work.begin() as work:
            await work.webhooks.lock(webhook_id)
            delivery = await work.deliveries.get(webhook_id, delivery_id)
            if delivery is None:
                raise NotFound("delivery", delivery_id)
            delivery.require_waiting("skip")
            await work.deliveries.skip(delivery_id)
            await work.deliveries.try_at_once(webhook_id)
            work.audit.record(
                action="webhook.skip",
                resource=f"webhooks/{webhook_id}",
                before={"delivery_id": delivery_id, "state": delivery.state.value},
                after={"delivery_id": delivery_id, "state": DeliveryState.SKIPPED.value},
            )
            work.after_commit(partial(self.wake, work.tenant_id, webhook_id))
            return await work.answer(replace(delivery, state=DeliveryState.SKIPPED))

    async def test(self, webhook_id: WebhookId) -> Delivery:
        """Sends a test event at once and returns it with its only try.

        Raises:
            NotFound: there is no such webhook.
            WebhookStateForbids: it is archived.
        """
        async with self.unit_of_work.begin() as work:
            webhook = await _in_use(work, webhook_id, "test")
            made_at = work.now
        test = self._test(webhook, made_at)
        attempt = await self.sender.send(webhook, test)
        state = DeliveryState.DELIVERED if attempt.was_taken else DeliveryState.FAILED
        sent = replace(test, state=state)
        async with self.unit_of_work.begin() as work:
            await work.deliveries.add(sent)
            await work.deliveries.note(sent, attempt)
            work.audit.record(
                action="webhook.test",
                resource=f"webhooks/{webhook_id}",
                after={"delivery_id": sent.id, "status": attempt.status, "fault": attempt.fault.value},
            )
            return await work.answer(replace(sent, attempts=(attempt,), attempt_count=1))

    def _test(self, webhook: Webhook, at: datetime) -> Delivery:
        event_id = new_id()
        content = {"type": TEST, "timestamp": at.isoformat(), "event_id": event_id, "data": {"webhook_id": webhook.id}}
        return Delivery(DeliveryId(new_id()), webhook.id, event_id, TEST, json.dumps(content), at)


async def _in_use(work: WebhookWork, webhook_id: WebhookId, move: str) -> Webhook:
    webhook = await work.webhooks.get(webhook_id)
    if webhook is None:
        raise NotFound("webhook", webhook_id)
    webhook.require_in_use(move)
    return webhook


async def _of_span(work: WebhookWork, command: ReplayDeliveries) -> Sequence[DeliveryId]:
    begin, end = command.begin or work.now, command.end or work.now
    if begin >= end:
        raise Invalid([Violation("to", "span.empty", "must be after `from`")])
    found = await work.deliveries.settled_between(command.webhook_id, begin, end, MOST_REPLAYED + 1)
    if len(found) > MOST_REPLAYED:
        said = f"holds more than {MOST_REPLAYED} deliveries; replay it in parts"
        raise Invalid([Violation("from", "span.too_long", said)])
    return found


async def _first_missing(work: WebhookWork, command: ReplayDeliveries) -> DeliveryId:
    for delivery_id in command.delivery_ids:
        if await work.deliveries.get(command.webhook_id, delivery_id) is None:
            return delivery_id
    return command.delivery_ids[0]


def _span(command: ReplayDeliveries) -> dict[str, object]:
    if command.delivery_ids:
        return {"delivery_ids": list(command.delivery_ids)}
    return {"from": command.begin, "to": command.end}
