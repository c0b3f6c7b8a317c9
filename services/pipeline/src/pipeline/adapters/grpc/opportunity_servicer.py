"""OpportunityService: opportunities, their stages and their history."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from chassis.context import current
from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from chassis.proto_values import moment_of, word_of
from chassis.search_index import require_beginning
from matching.search_keys import beginning_of
from pipeline.adapters.grpc import opportunity_mapping as mapping
from pipeline.application.create_opportunity import CreateOpportunityHandler
from pipeline.application.find_opportunities import OpportunityFinder
from pipeline.application.fulfil_items import AttachEvidence, ChecklistDesk, ClearItem, TickItem
from pipeline.application.move_opportunity import MoveDesk
from pipeline.application.opportunity_ports import Company
from pipeline.application.update_opportunity import UpdateOpportunityHandler
from pipeline.domain.ids import OpportunityId
from pipeline.domain.opportunity import Opportunity
from pipeline.domain.stage_gate import Evidence
from throughline.pipeline.v1 import opportunity_pb2
from throughline.pipeline.v1 import opportunity_service_pb2 as pb
from throughline.pipeline.v1.opportunity_service_pb2_grpc import OpportunityServiceServicer

Context = grpc.aio.ServicerContext[object, object]

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class OpportunityUseCases:
    """What the servicer calls."""

    create: CreateOpportunityHandler
    update: UpdateOpportunityHandler
    checklists: ChecklistDesk
    moves: MoveDesk
    find: OpportunityFinder


class OpportunityServicer(OpportunityServiceServicer):
    """Parse, call, render."""

    def __init__(self, use_cases: OpportunityUseCases, company: Company) -> None:
        self._company = company
        self._create = use_cases.create
        self._update = use_cases.update
        self._checklists = use_cases.checklists
        self._moves = use_cases.moves
        self._find = use_cases.find

    async def CreateOpportunity(
        self, request: pb.CreateOpportunityRequest, context: Context
    ) -> pb.CreateOpportunityResponse:
        created = self._create(mapping.create_opportunity(request, await self._currency()))
        return await _answer(created, pb.CreateOpportunityResponse)

    async def GetOpportunity(self, request: pb.GetOpportunityRequest, context: Context) -> pb.GetOpportunityResponse:
        as_of = moment_of(request.as_of) if request.HasField("as_of") else None
        found = await self._find.get(OpportunityId(request.opportunity_id), as_of)
        return pb.GetOpportunityResponse(opportunity=mapping.opportunity_message(found))

    async def ListOpportunities(
        self, request: pb.ListOpportunitiesRequest, context: Context
    ) -> pb.ListOpportunitiesResponse:
        size = size_of(request)
        found = await self._find.page(mapping.opportunity_filter(request), cursor_of(request), size + 1)
        page = found[:size]
        token = token_after(request, key=(), id=page[-1].id) if len(found) > size else ""
        messages = [mapping.opportunity_message(opportunity) for opportunity in page]
        return pb.ListOpportunitiesResponse(opportunities=messages, next_page_token=token)

    async def SearchOpportunities(
        self, request: pb.SearchOpportunitiesRequest, context: Context
    ) -> pb.SearchOpportunitiesResponse:
        beginning = require_beginning(beginning_of(request.query))
        found = await self._find.search(beginning, size_of(request, default=20))
        return pb.SearchOpportunitiesResponse(opportunities=[mapping.opportunity_message(each) for each in found])

    async def UpdateOpportunity(
        self, request: pb.UpdateOpportunityRequest, context: Context
    ) -> pb.UpdateOpportunityResponse:
        updated = self._update(mapping.update_opportunity(request, await self._currency()))
        return await _answer(updated, pb.UpdateOpportunityResponse)

    async def TickChecklistItem(
        self, request: pb.TickChecklistItemRequest, context: Context
    ) -> pb.TickChecklistItemResponse:
        command = TickItem(
            OpportunityId(request.opportunity_id), request.version, request.item_code, request.note.strip()
        )
        return await _answer(self._checklists.tick(command), pb.TickChecklistItemResponse)

    async def AttachEvidence(self, request: pb.AttachEvidenceRequest, context: Context) -> pb.AttachEvidenceResponse:
        command = AttachEvidence(
            OpportunityId(request.opportunity_id),
            request.version,
            request.item_code,
            Evidence(request.evidence_kind, request.reference, request.file_id),
            request.note.strip(),
        )
        return await _answer(self._checklists.attach(command), pb.AttachEvidenceResponse)

    async def ClearChecklistItem(
        self, request: pb.ClearChecklistItemRequest, context: Context
    ) -> pb.ClearChecklistItemResponse:
        command = ClearItem(OpportunityId(request.opportunity_id), request.version, request.item_code)
        return await _answer(self._checklists.clear(command), pb.ClearChecklistItemResponse)

    async def AdvanceOpportunity(
        self, request: pb.AdvanceOpportunityRequest, context: Context
    ) -> pb.AdvanceOpportunityResponse:
        return await _answer(self._moves.advance(mapping.seen(request)), pb.AdvanceOpportunityResponse)

    async def SkipToStage(self, request: pb.SkipToStageRequest, context: Context) -> pb.SkipToStageResponse:
        skipped = self._moves.skip_to(mapping.seen(request), request.stage, request.reason)
        return await _answer(skipped, pb.SkipToStageResponse)

    async def StepBack(self, request: pb.StepBackRequest, context: Context) -> pb.StepBackResponse:
        stepped = self._moves.step_back(mapping.seen(request), request.stage, request.reason)
        return await _answer(stepped, pb.StepBackResponse)

    async def WinOpportunity(self, request: pb.WinOpportunityRequest, context: Context) -> pb.WinOpportunityResponse:
        return await _answer(self._moves.win(mapping.seen(request), request.note), pb.WinOpportunityResponse)

    async def LoseOpportunity(self, request: pb.LoseOpportunityRequest, context: Context) -> pb.LoseOpportunityResponse:
        loss_reason = word_of(opportunity_pb2.LossReason, request.loss_reason)
        lost = self._moves.lose(mapping.seen(request), loss_reason, request.note)
        return await _answer(lost, pb.LoseOpportunityResponse)

    async def ReopenOpportunity(
        self, request: pb.ReopenOpportunityRequest, context: Context
    ) -> pb.ReopenOpportunityResponse:
        reopened = self._moves.reopen(mapping.seen(request), request.reason)
        return await _answer(reopened, pb.ReopenOpportunityResponse)

    async def ListStageHistory(
        self, request: pb.ListStageHistoryRequest, context: Context
    ) -> pb.ListStageHistoryResponse:
        size, cursor = size_of(request), cursor_of(request)
        after = cursor.number(2**31 - 1) if cursor else 0
        found = await self._find.history(OpportunityId(request.opportunity_id), after, size + 1)
        page = found[:size]
        token = ""
        if len(found) > size:
            token = token_after(request, key=(str(page[-1].move.number),), id=request.opportunity_id)
        return pb.ListStageHistoryResponse(
            entries=[mapping.history_entry(entry) for entry in page], next_page_token=token
        )

    async def GetSkipRate(self, request: pb.GetSkipRateRequest, context: Context) -> pb.GetSkipRateResponse:
        return mapping.skip_rate_answer(await self._find.skip_rate(mapping.skip_rate_question(request)))

    async def _currency(self) -> str:
        tenant_id = current().tenant_id
        return await self._company.currency(tenant_id) if tenant_id else ""


async def _answer(changed: Awaitable[Opportunity], response: type[M]) -> M:
    """Every command answers with the opportunity after it."""
    return await answered(changed, lambda opportunity: response(opportunity=mapping.opportunity_message(opportunity)))
