"""What the use cases of webhooks need from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from chassis.audit import AuditTrail
from chassis.ids import TenantId
from chassis.pages import Cursor
from gateway.domain.delivery import Attempt, Delivery, DeliveryState
from gateway.domain.ids import DeliveryId, WebhookId
from gateway.domain.webhook import Webhook

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class EventKind:
    """A type of event that webhooks may ask for."""

    name: str
    aggregate: str
    description: str
    filter_fields: frozenset[str]
    """Fields of its data with plain values."""


class EventKinds(Protocol):
    """All types of events."""

    def all(self) -> Mapping[str, EventKind]:
        """By name, in order."""
        ...


@dataclass(frozen=True, slots=True)
class QueueStanding:
    """How the deliveries of a webhook stand, in real time."""

    waiting: int = 0
    failures: int = 0
    """Failed tries of the first one that waits."""
    next_try_at: datetime | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """The first delivery that waits, with its webhook, given to one process for a while."""

    webhook: Webhook
    delivery: Delivery
    failures: int
    """Failed tries of it so far."""


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries are wanted; what is empty does not narrow."""

    state: DeliveryState | None = None
    event_type: str = ""


class Webhooks(Protocol):
    """The tenant's webhooks."""

    async def hold_all(self) -> None:
        """Lets nobody else add one until the transaction ends."""
        ...

    async def count_in_use(self) -> int:
        """How many are not archived."""
        ...

    async def get(self, webhook_id: WebhookId) -> Webhook | None:
        """The webhook, or None."""
        ...

    async def lock(self, webhook_id: WebhookId) -> Webhook | None:
        """The webhook, held until the transaction ends, or None."""
        ...

    async def page(self, after: Cursor | None, size: int, *, with_archived: bool) -> Sequence[Webhook]:
        """Webhooks, newest first, after the cursor, at most `size`."""
        ...

    async def asking_for(self, event_types: AbstractSet[str]) -> Sequence[Webhook]:
        """Those in use that ask for events of one of these types at least."""
        ...

    async def save(self, webhook: Webhook) -> None:
        """Keeps a new or changed webhook."""
        ...


class Deliveries(Protocol):
    """The tenant's deliveries: a queue for each webhook, and what became of them."""

    async def add(self, delivery: Delivery) -> None:
        """Puts one at the end of its webhook's queue; one that is settled already is only kept."""
        ...

    async def get(self, webhook_id: WebhookId, delivery_id: DeliveryId) -> Delivery | None:
        """One with all its tries, or None."""
        ...

    async def page(
        self, webhook_id: WebhookId, wanted: DeliveryFilter, after: Cursor | None, size: int
    ) -> Sequence[Delivery]:
        """Those of a webhook, newest first, each with its last try and without its body."""
        ...

    async def standing(self, webhook_ids: Sequence[WebhookId]) -> Mapping[WebhookId, QueueStanding]:
        """How the queues stand."""
        ...

    async def due(self) -> Sequence[WebhookId]:
        """Active webhooks with something to send now."""
        ...

    async def claim(self, webhook_id: WebhookId, lease_id: str, lease: timedelta) -> Claimed | None:
        """The first delivery that waits, if its turn has come and nobody else holds the queue.

        Claiming again under the same lease renews it.
        """
        ...

    async def release(self, webhook_id: WebhookId, lease_id: str) -> None:
        """Lets others have the queue."""
        ...

    async def note(self, delivery: Delivery, attempt: Attempt) -> None:
        """Keeps a try. One that was taken settles the delivery and clears the queue's failures."""
        ...

    async def note_failure(self, webhook_id: WebhookId, failures: int, pause: timedelta) -> None:
        """Lets the queue rest for a while."""
        ...

    async def try_at_once(self, webhook_id: WebhookId) -> None:
        """Forgets failures and pause of the queue."""
        ...

    async def skip(self, delivery_id: DeliveryId) -> None:
        """Settles a delivery as passed over."""
        ...

    async def replay(self, webhook_id: WebhookId, delivery_ids: Sequence[DeliveryId], now: datetime) -> int:
        """Queues copies of these in their old order; returns how many there were."""
        ...

    async def settled_between(
        self, webhook_id: WebhookId, begin: datetime, end: datetime, most: int
    ) -> Sequence[DeliveryId]:
        """Those, but for tests, that came in within the span and were taken or skipped, at most so many."""
        ...

    async def trim(self, before: datetime) -> int:
        """Deletes what came in before a moment, a few thousand at a time; returns how many."""
        ...


class WebhookWork(Protocol):
    """What one transaction offers."""

    @property
    def now(self) -> datetime:
        """Business time of the transaction."""
        ...

    @property
    def tenant_id(self) -> TenantId:
        """The tenant it is for."""
        ...

    @property
    def webhooks(self) -> Webhooks:
        """The tenant's webhooks."""
        ...

    @property
    def deliveries(self) -> Deliveries:
        """Their deliveries."""
        ...

    @property
    def audit(self) -> AuditTrail:
        """Rows of the audit."""
        ...

    def tell(self, webhook: Webhook, change: str) -> None:
        """Lets the fact leave with the transaction: an event, and a notice for screens."""
        ...

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Calls back once the transaction is durable; never when it is rolled back."""
        ...

    async def answer(self, result: R) -> R:
        """Keeps the result as the answer to a repeat of the request, and passes it on."""
        ...


class WebhookUnitOfWork(Protocol):
    """Begins transactions of the running request's tenant."""

    def begin(self) -> AbstractAsyncContextManager[WebhookWork]:
        """One transaction; leaving by an exception rolls it back."""
        ...


class SecretVault(Protocol):
    """Keeps signing secrets so that the database alone gives none away."""

    @property
    def is_open(self) -> bool:
        """Whether there is a key to seal with."""
        ...

    def seal(self, secret: bytes, owner: str) -> bytes:
        """The secret sealed for one owner; nobody else's sealed secret opens in its place."""
        ...

    def open(self, sealed: bytes, owner: str) -> bytes:
        """The secret.

        Raises:
            Unreachable: the key that it was sealed with is not here.
        """
        ...


class Sender(Protocol):
    """Sends one delivery, once."""

    async def send(self, webhook: Webhook, delivery: Delivery) -> Attempt:
        """Sends and tells what came of it; never raises for what the receiver or the network did.

        Raises:
            Unreachable: a secret cannot be opened here.
        """
        ...
