"""OfferService: offers answered."""

import grpc

from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from lead_router.adapters.grpc.lead_view import LeadView
from lead_router.application.answer_offers import DeclineOffer, OfferDesk
from lead_router.domain.ids import LeadId
from throughline.lead_router.v1 import offer_service_pb2 as pb
from throughline.lead_router.v1.offer_service_pb2_grpc import OfferServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class OfferServicer(OfferServiceServicer):
    """Parse, call, render."""

    def __init__(self, desk: OfferDesk, view: LeadView) -> None:
        self._desk = desk
        self._view = view

    async def ListOffers(self, request: pb.ListOffersRequest, context: Context) -> pb.ListOffersResponse:
        size, currency = size_of(request), await self._view.currency()
        found = await self._desk.page(cursor_of(request), size + 1)
        page, token = found[:size], ""
        if len(found) > size and (expires_at := page[-1].lead.standing.offer_expires_at) is not None:
            token = token_after(request, key=(expires_at.isoformat(),), id=page[-1].lead.id)
        return pb.ListOffersResponse(
            leads=[self._view.message(stored, currency) for stored in page], next_page_token=token
        )

    async def AcceptOffer(self, request: pb.AcceptOfferRequest, context: Context) -> pb.AcceptOfferResponse:
        currency = await self._view.currency()
        return await answered(
            self._desk.accept(LeadId(request.lead_id)),
            lambda one: pb.AcceptOfferResponse(lead=self._view.message(one, currency)),
        )

    async def DeclineOffer(self, request: pb.DeclineOfferRequest, context: Context) -> pb.DeclineOfferResponse:
        currency = await self._view.currency()
        return await answered(
            self._desk.decline(DeclineOffer(LeadId(request.lead_id), request.reason)),
            lambda one: pb.DeclineOfferResponse(lead=self._view.message(one, currency)),
        )
