"""What a consumer listens to, and how events become calls of its handlers."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
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
class Arrived:
    """An event as it came, from the broker or from the park."""

    headers: Mapping[str, str]
    payload: bytes
    """Its message, encoded."""


@dataclass(frozen=True, slots=True)
class Together:
    """One handler for all events that one transaction applies, in their order.

    For consumers that keep many events by one statement. Of events that fail together, each is tried alone.
    """

    kinds: Collection[type[Message]]
    """Kinds of events it takes."""
    handle: Callable[[Sequence[Event[Any]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One consumer of a service. Its name is also its Kafka group."""

    name: str
    """For example `collab.notifications`."""
    aggregates: tuple[str, ...]
    """Aggregates whose topics it reads, for example `("lead",)`."""
    handlers: Mapping[type[Message], Handler] | Together
    """What to do per kind of event, or with all of them at once. Other kinds on the topics are passed over."""

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics it reads."""
        return tuple(topic_of(aggregate) for aggregate in self.aggregates)

    @property
    def kinds(self) -> Collection[type[Message]]:
        """Kinds of events it handles."""
        return self.handlers.kinds if isinstance(self.handlers, Together) else self.handlers

    def handles(self, event_type: str) -> bool:
        """Whether there is a handler for events of this type."""
        return any(kind.DESCRIPTOR.full_name == event_type for kind in self.kinds)

    async def apply(self, transaction: Transaction, arrived: Sequence[Arrived]) -> None:
        """Runs the handlers of events of one tenant inside `transaction`, each in its event's own trace.

        Raises:
            Unreadable: a payload or a header cannot be decoded.
        """
        events = [self._read(each) for each in arrived]
        if not isinstance(self.handlers, Together):
            for event in events:
                await self._run(transaction, partial(self.handlers[type(event.message)], event), [event])
        elif events:
            await self._run(transaction, partial(self.handlers.handle, events), events)

    async def _run(
        self, transaction: Transaction, handle: Callable[[], Awaitable[None]], events: Sequence[Event[Any]]
    ) -> None:
        with ExitStack() as spans:
            for event in events:  # a span in the trace of each, so that none ends before its last effect
                spans.enter_context(
                    linked_span(f"{self.name} process", event.traceparent, attributes=_attributes(event))
                )
                self._note_delay(transaction, event)
            with context.bind(self._context(events)), joined(transaction), processing(self.name):
                await handle()

    def _note_delay(self, transaction: Transaction, event: Event[Message]) -> None:
        """Measures how late the event has its effect, if the transaction comes to its end."""
        # Both are business time. Each service reads its own database's clock, so a fresh event may seem to come early.
        delay_s = max(0.0, (transaction.now - event.recorded_at).total_seconds())
        trace_context = get_current()
        transaction.after_commit(lambda: _delay.record(delay_s, {names.CONSUMER: self.name}, trace_context))

    def _read(self, arrived: Arrived) -> Event[Any]:
        event_type = arrived.headers.get("ce_type", "")
        for kind in self.kinds:
            if kind.DESCRIPTOR.full_name == event_type:
                try:
                    return event_of(arrived.headers, kind.FromString(arrived.payload))
                except DecodeError as error:
                    raise Unreadable(f"payload is no {event_type}") from error
        raise Unreadable(f"{self.name} has no handler for {event_type}")

    def _context(self, events: Sequence[Event[Any]]) -> RequestContext:
        service = self.name.partition(".")[0]
        principal = Principal("service", f"service:{service}", None, frozenset({"service"}))
        causation_id = events[0].id if len(events) == 1 else ""  # of several none alone is the cause
        return RequestContext(principal, events[0].tenant_id, method=self.name, causation_id=causation_id)


def _attributes(event: Event[Message]) -> dict[str, str]:
    return {names.MESSAGE_ID: event.id, names.TENANT: event.tenant_id}
