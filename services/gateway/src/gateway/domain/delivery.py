"""One event on its way to one webhook, and when it is tried again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chassis.errors import Refused
from gateway.domain.ids import DeliveryId, WebhookId

TEST = "webhook.test"
"""Type of a test event."""
KEPT = timedelta(days=30)
"""How long deliveries are kept, whatever became of them."""
MOST_REPLAYED = 10_000
"""In one call."""
GONE = 410
"""The receiver says that it will never take anything again."""


class DeliveryState(StrEnum):
    """How far a delivery is."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    SKIPPED = "skipped"
    FAILED = "failed"
    """A test that was not taken."""


class DeliveryStateForbids(Refused):
    """The delivery is in a state that forbids the move."""

    reason = "DELIVERY_STATE_FORBIDS"

    def __init__(self, delivery_id: DeliveryId, state: DeliveryState, move: str) -> None:
        message = f"Delivery {delivery_id} is {state}, which forbids {move}."
        super().__init__(message, delivery_id=delivery_id, state=state.value, move=move)


class Fault(StrEnum):
    """Why a try failed."""

    NONE = ""
    STATUS = "status"
    """The receiver answered with another status than 200 to 299."""
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TLS = "tls"
    """Its certificate does not verify."""
    ADDRESS = "address"
    """Its name leads to an address that nothing is sent to, or to none."""
    RESPONSE = "response"
    """It answered with something that is no HTTP."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try."""

    at: datetime
    """Real time at which it began."""
    took: timedelta
    status: int = 0
    """What the receiver answered; 0 for no answer."""
    fault: Fault = Fault.NONE
    retry_after: timedelta | None = None
    """How long the receiver asks to be left alone."""

    @property
    def was_taken(self) -> bool:
        """Whether the receiver has the event now."""
        return self.fault is Fault.NONE


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one webhook."""

    id: DeliveryId
    webhook_id: WebhookId
    event_id: str
    event_type: str
    body: str
    """JSON, as it is sent and signed."""
    created_at: datetime
    """Business time at which the event came in."""
    state: DeliveryState = DeliveryState.WAITING
    replay_of: DeliveryId | None = None
    attempts: Sequence[Attempt] = ()
    attempt_count: int = 0

    def require_waiting(self, move: str) -> None:
        """Checks that nothing has become of it yet.

        Raises:
            DeliveryStateForbids: it was taken or skipped, or is a test.
        """
        if self.state is not DeliveryState.WAITING:
            raise DeliveryStateForbids(self.id, self.state, move)


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """How often and how late a delivery is tried."""

    most_tries: int = 16
    """After so many failures in a row the webhook is suspended; with these pauses, after some seven hours."""
    first_pause: timedelta = timedelta(seconds=5)
    longest_pause: timedelta = timedelta(hours=1)

    def gives_up(self, failures: int, attempt: Attempt) -> bool:
        """Whether the webhook is suspended after this many failures, the last of which is `attempt`."""
        return failures >= self.most_tries or attempt.status == GONE

    def pause(self, drawn: timedelta, attempt: Attempt) -> timedelta:
        """How long to wait: what was drawn, or longer where the receiver asks for it, never over the bound."""
        return min(max(drawn, attempt.retry_after or timedelta()), self.longest_pause)
