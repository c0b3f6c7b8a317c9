"""Webhooks and deliveries as messages, and requests as commands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from chassis.field_masks import masked_fields
from chassis.proto_values import moment_of, number_of, timestamp_of, word_of
from gateway.adapters.webhooks.signatures import shown
from gateway.application.find_webhooks import StandingWebhook
from gateway.application.manage_webhooks import RotateSecret, ShownWebhook, UpdateWebhook
from gateway.application.redeliver import ReplayDeliveries
from gateway.application.webhook_ports import DeliveryFilter, EventKind, QueueStanding
from gateway.domain.delivery import Attempt, Delivery, DeliveryState
from gateway.domain.ids import DeliveryId, WebhookId
from gateway.domain.webhook import USUAL_OVERLAP, EventFilter, Webhook, WebhookSpec
from throughline.gateway.v1 import webhook_pb2
from throughline.gateway.v1 import webhook_service_pb2 as pb

_MS = timedelta(milliseconds=1)


def webhook_id(text: str) -> WebhookId:
    """The id as it is stored."""
    return WebhookId(text.lower())


def spec_of(message: webhook_pb2.WebhookSpec) -> WebhookSpec:
    """What somebody says about a webhook."""
    filters = tuple(EventFilter(each.field, tuple(each.values)) for each in message.filters)
    return WebhookSpec(message.name, message.url, tuple(message.event_types), filters)


def update_webhook(request: pb.UpdateWebhookRequest) -> UpdateWebhook:
    """A change as a command.

    Raises:
        Invalid: the mask names what cannot be changed.
    """
    named = masked_fields(request.update_mask, request.spec)
    return UpdateWebhook(webhook_id(request.webhook_id), request.version, _edit(named, spec_of(request.spec)))


def _edit(named: list[str], new: WebhookSpec) -> Callable[[WebhookSpec], WebhookSpec]:
    def edit(present: WebhookSpec) -> WebhookSpec:
        return WebhookSpec(
            name=new.name if "name" in named else present.name,
            url=new.url if "url" in named else present.url,
            event_types=new.event_types if "event_types" in named else present.event_types,
            filters=new.filters if "filters" in named else present.filters,
        )

    return edit


def rotate_secret(request: pb.RotateWebhookSecretRequest) -> RotateSecret:
    """A rotation as a command."""
    overlap = timedelta(hours=request.overlap_hours) if request.HasField("overlap_hours") else USUAL_OVERLAP
    return RotateSecret(webhook_id(request.webhook_id), request.version, overlap)


def delivery_filter(request: pb.ListDeliveriesRequest) -> DeliveryFilter:
    """Which deliveries are wanted."""
    word = word_of(webhook_pb2.DeliveryState, request.state)
    return DeliveryFilter(DeliveryState(word) if word else None, request.event_type)


def replay(request: pb.ReplayDeliveriesRequest) -> ReplayDeliveries:
    """A replay as a command."""
    # `from` is a word of Python, so the field has no attribute of its own.
    begin: datetime | None = moment_of(getattr(request, "from")) if request.HasField("from") else None
    end = moment_of(request.to) if request.HasField("to") else None
    ids = list(dict.fromkeys(DeliveryId(each.lower()) for each in request.delivery_ids))
    return ReplayDeliveries(webhook_id(request.webhook_id), ids, begin, end)


def webhook_message(webhook: Webhook, queue: QueueStanding | None = None) -> webhook_pb2.Webhook:
    """A webhook; answers to commands leave the queue out."""
    spec, until = webhook.spec, webhook.secrets.old_until
    return webhook_pb2.Webhook(
        webhook_id=webhook.id,
        version=webhook.version,
        state=number_of(webhook_pb2.WebhookState, webhook.state),
        spec=webhook_pb2.WebhookSpec(
            name=spec.name,
            url=spec.url,
            event_types=spec.event_types,
            filters=[webhook_pb2.EventFilter(field=each.field, values=each.values) for each in spec.filters],
        ),
        old_secret_until=timestamp_of(until) if until else None,
        created_by=webhook.created_by.removeprefix("person:"),
        created_at=timestamp_of(webhook.created_at),
        updated_at=timestamp_of(webhook.updated_at),
        queue=_queue_message(queue) if queue else None,
    )


def standing_message(standing: StandingWebhook) -> webhook_pb2.Webhook:
    """A webhook with its queue."""
    return webhook_message(standing.webhook, standing.queue)


def created(made: ShownWebhook) -> pb.CreateWebhookResponse:
    """The answer to the making of a webhook."""
    return pb.CreateWebhookResponse(webhook=webhook_message(made.webhook), secret=shown(made.secret))


def rotated(made: ShownWebhook) -> pb.RotateWebhookSecretResponse:
    """The answer to a rotation."""
    return pb.RotateWebhookSecretResponse(webhook=webhook_message(made.webhook), secret=shown(made.secret))


def delivery_message(delivery: Delivery) -> webhook_pb2.Delivery:
    """A delivery with the tries that are known."""
    first = delivery.attempt_count - len(delivery.attempts) + 1
    return webhook_pb2.Delivery(
        delivery_id=delivery.id,
        webhook_id=delivery.webhook_id,
        event_id=delivery.event_id,
        event_type=delivery.event_type,
        state=number_of(webhook_pb2.DeliveryState, delivery.state),
        body=delivery.body,
        replay_of=delivery.replay_of or "",
        created_at=timestamp_of(delivery.created_at),
        attempts=[_attempt_message(number, each) for number, each in enumerate(delivery.attempts, start=first)],
        attempt_count=delivery.attempt_count,
    )


def event_type_message(kind: EventKind) -> webhook_pb2.EventType:
    """A type of event."""
    return webhook_pb2.EventType(
        name=kind.name,
        aggregate=kind.aggregate,
        description=kind.description,
        filter_fields=sorted(kind.filter_fields),
    )


def _queue_message(queue: QueueStanding) -> webhook_pb2.WebhookQueue:
    return webhook_pb2.WebhookQueue(
        waiting=queue.waiting,
        failures=queue.failures,
        next_try_at=timestamp_of(queue.next_try_at) if queue.next_try_at else None,
        delivered_at=timestamp_of(queue.delivered_at) if queue.delivered_at else None,
    )


def _attempt_message(number: int, attempt: Attempt) -> webhook_pb2.DeliveryAttempt:
    return webhook_pb2.DeliveryAttempt(
        number=number,
        at=timestamp_of(attempt.at),
        status=attempt.status,
        duration_ms=attempt.took // _MS,
        fault=attempt.fault.value,
    )
