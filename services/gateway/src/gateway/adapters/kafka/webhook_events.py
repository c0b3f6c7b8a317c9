"""The consumer that gives every event to the webhooks of its tenant, and what the gateway itself tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from chassis.event_headers import Event
from chassis.outbox import Outbox
from chassis.proto_values import number_of, timestamp_of
from chassis.subscription import Subscription, Together
from gateway.adapters.kafka.event_kinds import AGGREGATES, ContractEventKinds
from gateway.application.take_events import TakeEventsHandler, TakenEvent
from gateway.domain.webhook import Webhook, WebhookState
from gateway.transcoding import json_text
from gateway.transcoding.json_mapper import JsonMapper
from gateway.transcoding.times import write_time
from throughline.common.v1.notice_pb2 import Notice
from throughline.gateway.v1 import webhook_pb2
from throughline.gateway.v1.events_pb2 import WebhookChanged

WEBHOOK = "webhook"
CONSUMER = "gateway.webhooks"


def webhook_subscription(kinds: ContractEventKinds, take: TakeEventsHandler, mapper: JsonMapper) -> Subscription:
    """Reads the topics of all aggregates."""

    async def handle(events: Sequence[Event[Any]]) -> None:
        await take([_taken(event, mapper) for event in events])

    return Subscription(CONSUMER, aggregates=AGGREGATES, handlers=Together(kinds.messages.values(), handle))


def _taken(event: Event[Any], mapper: JsonMapper) -> TakenEvent:
    name = event.message.DESCRIPTOR.name

    def body() -> tuple[Mapping[str, object], str]:
        data = cast("dict[str, json_text.Json]", mapper.encode(event.message))
        content: json_text.Json = {
            "type": name,
            "timestamp": write_time(timestamp_of(event.occurred_at)),
            "event_id": event.id,
            "aggregate_id": event.aggregate_id,
            "aggregate_version": str(event.aggregate_version),
            "recorded_at": write_time(timestamp_of(event.recorded_at)),
            "actor": event.actor,
            "data": data,
        }
        return data, json_text.dump(content).decode()

    return TakenEvent(event.id, name, body)


def append_webhook_event(outbox: Outbox, webhook: Webhook, change: str) -> None:
    """Tells of a change; screens of whoever made the webhook, of administrators and directors show it."""
    message = WebhookChanged(
        webhook_id=webhook.id,
        state=number_of(webhook_pb2.WebhookState, webhook.state),
        event_types=webhook.spec.event_types,
        change=change,
    )
    outbox.append(aggregate=WEBHOOK, aggregate_id=webhook.id, version=webhook.version, message=message)
    kind, _, maker = webhook.created_by.partition(":")
    notice = Notice(
        kind=f"webhook.{change}",
        resource=f"webhooks/{webhook.id}",
        version=webhook.version,
        person_ids=[maker] if kind == "person" else [],
        references={"state": WebhookState(webhook.state).value},
    )
    outbox.notice(notice)
