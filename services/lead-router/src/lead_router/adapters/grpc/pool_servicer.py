"""PoolService: public pools."""

import grpc

from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from chassis.proto_values import timestamp_of, word_of
from lead_router.adapters.grpc import pool_mapping as mapping
from lead_router.adapters.grpc.lead_view import LeadView
from lead_router.application.claim_leads import ExtendProtection, PoolDesk, Protected, ReturnLead
from lead_router.application.keep_pools import PoolKeeper
from lead_router.domain.ids import LeadId, PoolId
from throughline.lead_router.v1 import pool_service_pb2 as pb
from throughline.lead_router.v1.pool_service_pb2_grpc import PoolServiceServicer

Context = grpc.aio.ServicerContext[object, object]

_NO_LIMIT = -1


class PoolServicer(PoolServiceServicer):
    """Parse, call, render."""

    def __init__(self, keeper: PoolKeeper, desk: PoolDesk, view: LeadView) -> None:
        self._keeper = keeper
        self._desk = desk
        self._view = view

    async def PutPool(self, request: pb.PutPoolRequest, context: Context) -> pb.PutPoolResponse:
        done = self._keeper.put(mapping.put_pool(request))
        return await answered(done, lambda pool: pb.PutPoolResponse(pool=mapping.pool_message(pool)))

    async def ListPools(self, request: pb.ListPoolsRequest, context: Context) -> pb.ListPoolsResponse:
        return pb.ListPoolsResponse(pools=[mapping.pool_message(pool) for pool in await self._keeper.page()])

    async def ListPoolLeads(self, request: pb.ListPoolLeadsRequest, context: Context) -> pb.ListPoolLeadsResponse:
        size, currency = size_of(request), await self._view.currency()
        found = await self._keeper.leads(PoolId(request.pool_id), cursor_of(request), size + 1)
        page, token = found[:size], ""
        if len(found) > size and (pooled_at := page[-1].lead.standing.pooled_at) is not None:
            token = token_after(request, key=(pooled_at.isoformat(),), id=page[-1].lead.id)
        leads = [mapping.pool_lead(stored, currency) for stored in page]
        return pb.ListPoolLeadsResponse(leads=leads, next_page_token=token)

    async def ViewPoolLead(self, request: pb.ViewPoolLeadRequest, context: Context) -> pb.ViewPoolLeadResponse:
        currency = await self._view.currency()
        return await answered(
            self._keeper.view(LeadId(request.lead_id)),
            lambda one: pb.ViewPoolLeadResponse(
                lead=self._view.message(one.stored, currency), views_left=_left(one.views_left)
            ),
        )

    async def ClaimLead(self, request: pb.ClaimLeadRequest, context: Context) -> pb.ClaimLeadResponse:
        currency = await self._view.currency()
        return await answered(
            self._desk.claim(LeadId(request.lead_id)),
            lambda one: pb.ClaimLeadResponse(
                lead=self._view.message(one.stored, currency), claims_left=_left(one.claims_left)
            ),
        )

    async def ReturnLead(self, request: pb.ReturnLeadRequest, context: Context) -> pb.ReturnLeadResponse:
        currency, reason = await self._view.currency(), word_of(pb.ReturnReason, request.reason)
        command = ReturnLead(
            LeadId(request.lead_id), request.version, PoolId(request.pool_id.lower()), reason, request.note
        )
        return await answered(
            self._desk.give_back(command),
            lambda one: pb.ReturnLeadResponse(lead=self._view.message(one, currency)),
        )

    async def ExtendProtection(
        self, request: pb.ExtendProtectionRequest, context: Context
    ) -> pb.ExtendProtectionResponse:
        currency = await self._view.currency()
        command = ExtendProtection(LeadId(request.lead_id), request.version, request.reason)
        return await answered(self._desk.extend(command), lambda one: self._protected(one, currency))

    def _protected(self, one: Protected, currency: str) -> pb.ExtendProtectionResponse:
        recycled_at = timestamp_of(one.recycled_at) if one.recycled_at else None
        return pb.ExtendProtectionResponse(lead=self._view.message(one.stored, currency), recycled_at=recycled_at)


def _left(count: int | None) -> int:
    return _NO_LIMIT if count is None else count
