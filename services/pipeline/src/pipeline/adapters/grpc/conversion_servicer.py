"""ConversionService: leads become customers, and back."""

from dataclasses import replace

import grpc

from chassis.context import bind, current
from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from chassis.process_runner import ProcessRunner
from pipeline.adapters.grpc import conversion_mapping as mapping
from pipeline.application.conversion_ports import CONVERSION
from pipeline.application.convert_lead import ConvertLeadHandler
from pipeline.application.find_conversions import ConversionFinder
from pipeline.application.opportunity_ports import Company
from pipeline.application.undo_conversion import UndoConversionHandler
from pipeline.domain.ids import ConversionId
from throughline.pipeline.v1 import conversion_service_pb2 as pb
from throughline.pipeline.v1.conversion_service_pb2_grpc import ConversionServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class ConversionServicer(ConversionServiceServicer):
    """Parse, call, render. What was begun is carried on at once, and the answer tells how far it came."""

    def __init__(
        self,
        convert: ConvertLeadHandler,
        undo: UndoConversionHandler,
        find: ConversionFinder,
        *,
        processes: ProcessRunner,
        company: Company,
    ) -> None:
        self._convert = convert
        self._undo = undo
        self._find = find
        self._processes = processes
        self._company = company

    async def ConvertLead(self, request: pb.ConvertLeadRequest, context: Context) -> pb.ConvertLeadResponse:
        tenant_id = current().tenant_id
        currency = await self._company.currency(tenant_id) if tenant_id else ""
        command = mapping.convert_lead(request, currency)
        begun = await answered(
            self._convert(command), lambda one: pb.ConvertLeadResponse(conversion=mapping.conversion_message(one))
        )
        return pb.ConvertLeadResponse(conversion=await self._carried_on(begun.conversion))

    async def GetConversion(self, request: pb.GetConversionRequest, context: Context) -> pb.GetConversionResponse:
        found = await self._find.get(ConversionId(request.conversion_id.lower()))
        return pb.GetConversionResponse(conversion=mapping.found_message(found))

    async def ListConversions(self, request: pb.ListConversionsRequest, context: Context) -> pb.ListConversionsResponse:
        size = size_of(request)
        found = await self._find.page(mapping.conversion_filter(request), cursor_of(request), size + 1)
        page = found[:size]
        token = token_after(request, key=(), id=page[-1].conversion.id) if len(found) > size else ""
        return pb.ListConversionsResponse(
            conversions=[mapping.found_message(one) for one in page], next_page_token=token
        )

    async def UndoConversion(self, request: pb.UndoConversionRequest, context: Context) -> pb.UndoConversionResponse:
        begun = await answered(
            self._undo(mapping.undo_conversion(request)),
            lambda one: pb.UndoConversionResponse(conversion=mapping.conversion_message(one)),
        )
        return pb.UndoConversionResponse(conversion=await self._carried_on(begun.conversion))

    async def _carried_on(self, begun: pb.Conversion) -> pb.Conversion:
        """As far as it comes now; a repeated request is told of the same conversion, as it stands by now."""
        tenant_id = current().tenant_id
        if tenant_id:
            await self._processes.carry_on(tenant_id, CONVERSION, begun.conversion_id)
        with bind(replace(current(), request_id="")):  # what follows the command is a question of its own
            return mapping.found_message(await self._find.get(ConversionId(begun.conversion_id)))
