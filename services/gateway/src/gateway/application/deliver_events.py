"""Send what waits for a webhook: one delivery after the other, each outside of any transaction.

The queue is claimed for a while in one transaction, which also keeps what came of the delivery before. A process that
dies in between leaves the claim to run out, and the delivery is sent again under the same id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from chassis.backoff import backoff_s
from chassis.ids import new_id
from chassis.logs import logger
from gateway.application.manage_webhooks import keep_webhook
from gateway.application.webhook_ports import Claimed, Sender, WebhookUnitOfWork, WebhookWork
from gateway.domain.delivery import Attempt, RetryPlan
from gateway.domain.ids import WebhookId
from gateway.domain.webhook import WebhookState

LEASE = timedelta(seconds=60)
"""Longer than a delivery takes, however slow the receiver is."""
AT_ONCE = 100
"""After so many, others have their turn."""

log = logger(__name__)


def drawn_pause(plan: RetryPlan, failures: int) -> timedelta:
    """A pause at random within the bound for so many failures, so that queues do not come back together."""
    first_s, most_s = plan.first_pause.total_seconds(), plan.longest_pause.total_seconds()
    return timedelta(seconds=backoff_s(failures - 1, first_s=first_s, most_s=most_s))


@dataclass(frozen=True, slots=True)
class DeliverEventsHandler:
    """At least once and in order: a delivery that fails holds up those behind it, and no other webhook."""

    unit_of_work: WebhookUnitOfWork
    sender: Sender
    plan: RetryPlan = field(default_factory=RetryPlan)
    draw: Callable[[RetryPlan, int], timedelta] = drawn_pause

    async def __call__(self, webhook_id: WebhookId) -> timedelta | None:
        """Sends what waits; returns the time until it should be asked again, None where nothing is left to do."""
        lease_id = new_id()
        claimed: Claimed | None = None
        attempt: Attempt | None = None
        for _ in range(AT_ONCE):
            async with self.unit_of_work.begin() as work:
                pause = await self._note(work, claimed, attempt) if claimed and attempt else None
                claimed = None if pause else await work.deliveries.claim(webhook_id, lease_id, LEASE)
                if claimed is None:
                    await work.deliveries.release(webhook_id, lease_id)
                    return pause
            attempt = await self.sender.send(claimed.webhook, claimed.delivery)
        async with self.unit_of_work.begin() as work:
            pause = await self._note(work, claimed, attempt) if claimed and attempt else None
            await work.deliveries.release(webhook_id, lease_id)
        return pause or timedelta()

    async def _note(self, work: WebhookWork, claimed: Claimed, attempt: Attempt) -> timedelta | None:
        """Keeps what came of a delivery; returns how long to wait, None where the next one may go."""
        webhook_id = claimed.webhook.id
        await work.deliveries.note(claimed.delivery, attempt)
        if attempt.was_taken:
            return None
        failures = claimed.failures + 1
        pause = self.plan.pause(self.draw(self.plan, failures), attempt)
        log.info("webhook.postponed", webhook_id=webhook_id, failures=failures, fault=attempt.fault.value)
        await work.deliveries.note_failure(webhook_id, failures, pause)
        if self.plan.gives_up(failures, attempt):
            await self._suspend(work, webhook_id)
        return pause

    async def _suspend(self, work: WebhookWork, webhook_id: WebhookId) -> None:
        before = await work.webhooks.lock(webhook_id)
        if before is not None and before.state is WebhookState.ACTIVE:
            log.warning("webhook.suspended", webhook_id=webhook_id)
            await keep_webhook(work, before, before.suspended(work.now), "suspend")
