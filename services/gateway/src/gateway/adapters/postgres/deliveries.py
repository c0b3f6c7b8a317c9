"""Deliveries in PostgreSQL: the queue of each webhook, in real time, and the log of what became of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, select

from chassis.database import SqlRow, Transaction
from chassis.ids import new_id
from chassis.pages import Cursor
from gateway.adapters.postgres import delivery_statements as sql
from gateway.adapters.postgres.tables import webhook, webhook_attempt, webhook_delivery
from gateway.adapters.postgres.webhooks import webhook_of
from gateway.application.webhook_ports import Claimed, DeliveryFilter, QueueStanding
from gateway.domain.delivery import TEST, Attempt, Delivery, DeliveryState, Fault
from gateway.domain.ids import DeliveryId, WebhookId

_MS = timedelta(milliseconds=1)


class PostgresDeliveries:
    """The deliveries of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def add(self, delivery: Delivery) -> None:
        """Puts one at the end of its webhook's queue; one that is settled already is only kept."""
        row = {
            "id": delivery.id,
            "tenant_id": self._tenant_id,
            "webhook_id": delivery.webhook_id,
            "event_id": delivery.event_id,
            "event_type": delivery.event_type,
            "body": delivery.body,
            "state": delivery.state.value,
            "created_at": delivery.created_at,
        }
        await self._connection.execute(insert(webhook_delivery).values(row))

    async def get(self, webhook_id: WebhookId, delivery_id: DeliveryId) -> Delivery | None:
        """One with all its tries, or None."""
        table = webhook_delivery.c
        query = select(webhook_delivery).where(table.id == delivery_id, table.webhook_id == webhook_id)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return None
        tries = select(webhook_attempt).where(webhook_attempt.c.delivery_id == delivery_id)
        attempts = await self._connection.execute(tries.order_by(webhook_attempt.c.number))
        return _delivery(row, row.body, [_attempt(each) for each in attempts])

    async def page(
        self, webhook_id: WebhookId, wanted: DeliveryFilter, after: Cursor | None, size: int
    ) -> Sequence[Delivery]:
        """Those of a webhook, newest first, each with its last try and without its body."""
        parameters = {
            "webhook": webhook_id,
            "state": wanted.state.value if wanted.state else "",
            "type": wanted.event_type,
            "after": after.id if after else None,
            "size": size,
        }
        rows = await self._connection.execute(sql.PAGE, parameters)
        return [_delivery(row, "", [_attempt(row)] if row.at is not None else []) for row in rows]

    async def standing(self, webhook_ids: Sequence[WebhookId]) -> Mapping[WebhookId, QueueStanding]:
        """How the queues stand."""
        rows = await self._connection.execute(sql.STANDING, {"webhooks": list(webhook_ids)})
        return {
            WebhookId(str(row.webhook_id)): QueueStanding(row.waiting, row.failures, row.next_try_at, row.delivered_at)
            for row in rows
        }

    async def due(self) -> Sequence[WebhookId]:
        """Active webhooks with something to send now."""
        return [WebhookId(str(row.webhook_id)) for row in await self._connection.execute(sql.DUE)]

    async def claim(self, webhook_id: WebhookId, lease_id: str, lease: timedelta) -> Claimed | None:
        """The first delivery that waits, if its turn has come and nobody else holds the queue."""
        wanted = {"webhook": webhook_id, "lease_id": lease_id, "lease": lease}
        queue = (await self._connection.execute(sql.CLAIM, wanted)).one_or_none()
        if queue is None:
            return None
        head = (await self._connection.execute(sql.HEAD, {"webhook": webhook_id})).one_or_none()
        if head is None:
            return None
        owner = (await self._connection.execute(select(webhook).where(webhook.c.id == webhook_id))).one()
        return Claimed(webhook_of(owner), _delivery(head, head.body, []), queue.failures)

    async def release(self, webhook_id: WebhookId, lease_id: str) -> None:
        """Lets others have the queue."""
        await self._connection.execute(sql.RELEASE, {"webhook": webhook_id, "lease_id": lease_id})

    async def note(self, delivery: Delivery, attempt: Attempt) -> None:
        """Keeps a try. One that was taken settles the delivery and clears the queue's failures."""
        row = {
            "tenant": self._tenant_id,
            "delivery": delivery.id,
            "at": attempt.at,
            "status": attempt.status,
            "duration_ms": attempt.took // _MS,
            "fault": attempt.fault.value,
        }
        await self._connection.execute(sql.NOTE, row)
        if attempt.was_taken and delivery.event_type != TEST:
            await self._connection.execute(
                sql.SETTLE, {"delivery": delivery.id, "state": DeliveryState.DELIVERED.value}
            )
            await self._connection.execute(sql.CLEAR, {"webhook": delivery.webhook_id})

    async def note_failure(self, webhook_id: WebhookId, failures: int, pause: timedelta) -> None:
        """Lets the queue rest for a while."""
        await self._connection.execute(sql.FAIL, {"webhook": webhook_id, "failures": failures, "pause": pause})

    async def try_at_once(self, webhook_id: WebhookId) -> None:
        """Forgets failures and pause of the queue."""
        await self._connection.execute(sql.TRY_AT_ONCE, {"webhook": webhook_id})

    async def skip(self, delivery_id: DeliveryId) -> None:
        """Settles a delivery as passed over."""
        await self._connection.execute(sql.SETTLE, {"delivery": delivery_id, "state": DeliveryState.SKIPPED.value})

    async def replay(self, webhook_id: WebhookId, delivery_ids: Sequence[DeliveryId], now: datetime) -> int:
        """Queues copies of these in their old order; returns how many there were."""
        copied = {
            "webhook": webhook_id,
            "ids": list(delivery_ids),
            "new_ids": [new_id() for _ in delivery_ids],
            "now": now,
        }
        return int((await self._connection.execute(sql.REPLAY, copied)).rowcount)

    async def settled_between(
        self, webhook_id: WebhookId, begin: datetime, end: datetime, most: int
    ) -> Sequence[DeliveryId]:
        """Those, but for tests and replays, that came in within the span and were taken or skipped, at most so many."""
        span = {"webhook": webhook_id, "begin": begin, "end": end, "most": most}
        return [DeliveryId(str(row.id)) for row in await self._connection.execute(sql.SETTLED_BETWEEN, span)]

    async def trim(self, before: datetime) -> int:
        """Deletes what came in before a moment, a few thousand at a time; returns how many."""
        return int((await self._connection.execute(sql.TRIM, {"before": before})).rowcount)


def _delivery(row: SqlRow, body: str, attempts: Sequence[Attempt]) -> Delivery:
    return Delivery(
        id=DeliveryId(str(row.id)),
        webhook_id=WebhookId(str(row.webhook_id)),
        event_id=str(row.event_id),
        event_type=row.event_type,
        body=body,
        created_at=row.created_at,
        state=DeliveryState(row.state),
        replay_of=DeliveryId(str(row.replay_of)) if row.replay_of else None,
        attempts=attempts,
        attempt_count=row.attempts,
    )


def _attempt(row: SqlRow) -> Attempt:
    return Attempt(row.at, timedelta(milliseconds=row.duration_ms), row.status, Fault(row.fault))
