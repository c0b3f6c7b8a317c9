"""WebhookService: subscriptions of systems outside, and their deliveries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from gateway.adapters.grpc import webhook_mapping as mapping
from gateway.application.find_webhooks import WebhookFinder
from gateway.application.manage_webhooks import WebhookKeeper
from gateway.application.redeliver import Redeliverer
from gateway.application.webhook_ports import EventKinds
from gateway.domain.delivery import Delivery
from gateway.domain.ids import DeliveryId, WebhookId
from gateway.domain.webhook import Webhook
from throughline.gateway.v1 import webhook_service_pb2 as pb
from throughline.gateway.v1.webhook_service_pb2_grpc import WebhookServiceServicer

Context = grpc.aio.ServicerContext[object, object]
M = TypeVar("M", bound=Message)


class WebhookServicer(WebhookServiceServicer):
    """Parse, call, render."""

    def __init__(self, keep: WebhookKeeper, find: WebhookFinder, redeliver: Redeliverer, kinds: EventKinds) -> None:
        self._keep = keep
        self._find = find
        self._redeliver = redeliver
        self._kinds = kinds

    async def CreateWebhook(self, request: pb.CreateWebhookRequest, context: Context) -> pb.CreateWebhookResponse:
        return await answered(self._keep.create(mapping.spec_of(request.spec)), mapping.created)

    async def GetWebhook(self, request: pb.GetWebhookRequest, context: Context) -> pb.GetWebhookResponse:
        found = await self._find.get(mapping.webhook_id(request.webhook_id))
        return pb.GetWebhookResponse(webhook=mapping.standing_message(found))

    async def ListWebhooks(self, request: pb.ListWebhooksRequest, context: Context) -> pb.ListWebhooksResponse:
        size = size_of(request)
        found = await self._find.page(cursor_of(request), size + 1, with_archived=request.with_archived)
        page = found[:size]
        token = token_after(request, key=(), id=page[-1].webhook.id) if len(found) > size else ""
        return pb.ListWebhooksResponse(
            webhooks=[mapping.standing_message(each) for each in page], next_page_token=token
        )

    async def UpdateWebhook(self, request: pb.UpdateWebhookRequest, context: Context) -> pb.UpdateWebhookResponse:
        return await answered(self._keep.update(mapping.update_webhook(request)), _in(pb.UpdateWebhookResponse))

    async def PauseWebhook(self, request: pb.PauseWebhookRequest, context: Context) -> pb.PauseWebhookResponse:
        return await _moved(self._keep.pause, request, pb.PauseWebhookResponse)

    async def ResumeWebhook(self, request: pb.ResumeWebhookRequest, context: Context) -> pb.ResumeWebhookResponse:
        return await _moved(self._keep.resume, request, pb.ResumeWebhookResponse)

    async def ArchiveWebhook(self, request: pb.ArchiveWebhookRequest, context: Context) -> pb.ArchiveWebhookResponse:
        return await _moved(self._keep.archive, request, pb.ArchiveWebhookResponse)

    async def RestoreWebhook(self, request: pb.RestoreWebhookRequest, context: Context) -> pb.RestoreWebhookResponse:
        return await _moved(self._keep.restore, request, pb.RestoreWebhookResponse)

    async def RotateWebhookSecret(
        self, request: pb.RotateWebhookSecretRequest, context: Context
    ) -> pb.RotateWebhookSecretResponse:
        return await answered(self._keep.rotate_secret(mapping.rotate_secret(request)), mapping.rotated)

    async def SendTestDelivery(
        self, request: pb.SendTestDeliveryRequest, context: Context
    ) -> pb.SendTestDeliveryResponse:
        return await answered(self._redeliver.test(mapping.webhook_id(request.webhook_id)), _tested)

    async def ListDeliveries(self, request: pb.ListDeliveriesRequest, context: Context) -> pb.ListDeliveriesResponse:
        size, wanted = size_of(request), mapping.delivery_filter(request)
        of_webhook = mapping.webhook_id(request.webhook_id)
        found = await self._find.deliveries(of_webhook, wanted, cursor_of(request), size + 1)
        page = found[:size]
        token = token_after(request, key=(), id=page[-1].id) if len(found) > size else ""
        return pb.ListDeliveriesResponse(
            deliveries=[mapping.delivery_message(each) for each in page], next_page_token=token
        )

    async def GetDelivery(self, request: pb.GetDeliveryRequest, context: Context) -> pb.GetDeliveryResponse:
        of_webhook, delivery_id = mapping.webhook_id(request.webhook_id), DeliveryId(request.delivery_id.lower())
        found = await self._find.delivery(of_webhook, delivery_id)
        return pb.GetDeliveryResponse(delivery=mapping.delivery_message(found))

    async def ReplayDeliveries(
        self, request: pb.ReplayDeliveriesRequest, context: Context
    ) -> pb.ReplayDeliveriesResponse:
        return await answered(self._redeliver.replay(mapping.replay(request)), _queued)

    async def SkipDelivery(self, request: pb.SkipDeliveryRequest, context: Context) -> pb.SkipDeliveryResponse:
        of_webhook, delivery_id = mapping.webhook_id(request.webhook_id), DeliveryId(request.delivery_id.lower())
        return await answered(self._redeliver.skip(of_webhook, delivery_id), _skipped)

    async def ListWebhookEventTypes(
        self, request: pb.ListWebhookEventTypesRequest, context: Context
    ) -> pb.ListWebhookEventTypesResponse:
        kinds = self._kinds.all().values()
        return pb.ListWebhookEventTypesResponse(event_types=[mapping.event_type_message(kind) for kind in kinds])


def _in(response: Callable[..., M]) -> Callable[[Webhook], M]:
    """Puts a webhook into a response that holds nothing else."""
    return lambda webhook: response(webhook=mapping.webhook_message(webhook))


async def _moved(
    move: Callable[[WebhookId, int], Awaitable[Webhook]],
    request: pb.PauseWebhookRequest | pb.ResumeWebhookRequest | pb.ArchiveWebhookRequest | pb.RestoreWebhookRequest,
    response: Callable[..., M],
) -> M:
    return await answered(move(mapping.webhook_id(request.webhook_id), request.version), _in(response))


def _tested(delivery: Delivery) -> pb.SendTestDeliveryResponse:
    return pb.SendTestDeliveryResponse(delivery=mapping.delivery_message(delivery))


def _skipped(delivery: Delivery) -> pb.SkipDeliveryResponse:
    return pb.SkipDeliveryResponse(delivery=mapping.delivery_message(delivery))


def _queued(queued: int) -> pb.ReplayDeliveriesResponse:
    return pb.ReplayDeliveriesResponse(queued=queued)
