"""What a consumer listens to, and how an event becomes a call of its handler."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError, Message
from opentelemetry.context import get_current

from chassis import context, telemetry
from chassis import metric_names as names
from chassis.context import Principal, RequestContext
from chassis.database import Transaction, joined
from chassis.event_headers import Event, Unreadable, event_of
from chassis.messaging_metrics import processing
from chassis.outbox import topic_of
from chassis.telemetry import linked_span

_delay = telemetry.histogram(names.EVENT_DELAY)

Handler = Callable[[Event[Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One consumer of a service. Its name is also its Kafka group."""

    name: str
    """For example `collab.notifications`."""
    aggregates: tuple[str, ...]
    """Aggregates whose topics it reads, for example `("lead",)`."""
    handlers: Mapping[type[Message], Handler]
    """What to do per kind of event. Other kinds on the topics are passed over."""

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics it reads."""
        return tuple(topic_of(aggregate) for aggregate in self.aggregates)

    def handles(self, event_type: str) -> bool:
        """Whether there is a handler for events of this type."""
        return any(message.DESCRIPTOR.full_name == event_type for message in self.handlers)

    async def apply(self, transaction: Transaction, headers: Mapping[str, str], payload: bytes) -> None:
        """Runs the handler of one event inside `transaction`, in the event's own trace.

        Raises:
            Unreadable: the payload or a header cannot be decoded.
        """
        message_type, handler = self._handler(headers.get("ce_type", ""))
        try:
            event = event_of(headers, message_type.FromString(payload))
        except DecodeError as error:
            raise Unreadable(f"payload is no {message_type.DESCRIPTOR.full_name}") from error
        with (
            linked_span(f"{self.name} process", event.traceparent, attributes=_attributes(event)),
            context.bind(self._context(event)),
            joined(transaction),
            processing(self.name),
        ):
            await handler(event)
            self._note_delay(transaction, event)

    def _note_delay(self, transaction: Transaction, event: Event[Message]) -> None:
        """Measures how late the event has its effect, if the transaction comes to its end."""
        # Both are business time. Each service reads its own database's clock, so a fresh event may seem to come early.
        delay_s = max(0.0, (transaction.now - event.recorded_at).total_seconds())
        trace_context = get_current()
        transaction.after_commit(lambda: _delay.record(delay_s, {names.CONSUMER: self.name}, trace_context))

    def _handler(self, event_type: str) -> tuple[type[Message], Handler]:
        for message_type, handler in self.handlers.items():
            if message_type.DESCRIPTOR.full_name == event_type:
                return message_type, handler
        raise Unreadable(f"{self.name} has no handler for {event_type}")

    def _context(self, event: Event[Message]) -> RequestContext:
        service = self.name.partition(".")[0]
        principal = Principal("service", f"service:{service}", None, frozenset({"service"}))
        return RequestContext(principal, event.tenant_id, method=self.name, causation_id=event.id)


def _attributes(event: Event[Message]) -> dict[str, str]:
    return {names.MESSAGE_ID: event.id, names.TENANT: event.tenant_id}
