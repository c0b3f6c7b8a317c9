"""LeadService: leads in, leads and receipts out."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import grpc

from chassis import context
from chassis.authorization import Authorizer, Resource
from chassis.context import RequestContext
from chassis.errors import ThroughlineError
from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from chassis.proto_values import moment_of, timestamp_of
from chassis.requests import keyed_context
from chassis.search_index import require_beginning
from chassis.validation import validate
from lead_router.adapters.batching.lead_batcher import LeadBatcher
from lead_router.adapters.grpc import lead_mapping as mapping
from lead_router.application.convert_lead import LeadConverter
from lead_router.application.find_leads import LeadFinder
from lead_router.application.handle_lead import LeadDesk
from lead_router.application.judge_score import ScoreJudge
from lead_router.application.lead_figures import LeadFigures, reached_share_pct
from lead_router.application.ports import Company
from lead_router.application.search_leads import LeadSearch
from lead_router.application.stored_lead import StoredLead
from lead_router.domain.ids import DecisionId, LeadId
from matching.search_keys import beginning_of
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1 import lead_service_pb2 as pb
from throughline.lead_router.v1.lead_service_pb2_grpc import LeadServiceServicer

Context = grpc.aio.ServicerContext[object, object]

_MOST_LISTED = 10_000
_AT_ONCE = 256
_WATCH_EVERY_S = 1.0
_DEFAULT_HOURS = 24


class LeadServicer(LeadServiceServicer):
    """Parse, call, render."""

    def __init__(
        self,
        batcher: LeadBatcher,
        find: LeadFinder,
        desk: LeadDesk,
        figures: LeadFigures,
        judge: ScoreJudge,
        *,
        converter: LeadConverter,
        search: LeadSearch,
        company: Company,
        authorizer: Authorizer,
    ) -> None:
        self._batcher = batcher
        self._find = find
        self._desk = desk
        self._figures = figures
        self._converter = converter
        self._judge = judge
        self._search = search
        self._company = company
        self._authorizer = authorizer

    async def SubmitLead(self, request: pb.SubmitLeadRequest, context: Context) -> pb.SubmitLeadResponse:
        return await self._submit(request.submission, _running(), "SubmitLead")

    async def SubmitLeads(
        self, request_iterator: AsyncIterator[pb.SubmitLeadsRequest], context: Context
    ) -> pb.SubmitLeadsResponse:
        answer = pb.SubmitLeadsResponse()
        window: list[asyncio.Task[pb.SubmittedLead]] = []
        async for request in request_iterator:
            window.append(asyncio.create_task(self._submit_one(request)))
            if len(window) == _AT_ONCE:
                _count(answer, await window.pop(0))
        for task in window:
            _count(answer, await task)
        return answer

    async def GetLead(self, request: pb.GetLeadRequest, context: Context) -> pb.GetLeadResponse:
        stored = await self._find.get(LeadId(request.lead_id))
        return pb.GetLeadResponse(lead=await self._lead(stored))

    async def ListLeads(self, request: pb.ListLeadsRequest, context: Context) -> pb.ListLeadsResponse:
        size = size_of(request)
        found = await self._find.page(mapping.lead_filter(request), cursor_of(request), size + 1)
        page = found[:size]
        token = token_after(request, key=(), id=page[-1].lead.id) if len(found) > size else ""
        return pb.ListLeadsResponse(leads=[await self._lead(stored) for stored in page], next_page_token=token)

    async def SearchLeads(self, request: pb.SearchLeadsRequest, context: Context) -> pb.SearchLeadsResponse:
        found = await self._search(require_beginning(beginning_of(request.query)), size_of(request, default=20))
        return pb.SearchLeadsResponse(leads=[await self._lead(stored) for stored in found])

    async def GetReceipt(self, request: pb.GetReceiptRequest, context: Context) -> pb.GetReceiptResponse:
        decision_id = DecisionId(request.decision_id) if request.decision_id else None
        found = await self._find.receipt(LeadId(request.lead_id), decision_id)
        return mapping.found_receipt(found, await self._currency(), request.rep_id)

    async def OverrideAssignment(
        self, request: pb.OverrideAssignmentRequest, context: Context
    ) -> pb.OverrideAssignmentResponse:
        currency = await self._currency()
        done = self._desk.override(mapping.override_assignment(request))
        return await answered(
            done,
            lambda one: mapping.overridden_response(one, currency, shows_contact=self._shows_contact(one.stored)),
        )

    async def CloseLead(self, request: pb.CloseLeadRequest, context: Context) -> pb.CloseLeadResponse:
        currency = await self._currency()
        return await answered(
            self._desk.close(mapping.close_lead(request)),
            lambda one: pb.CloseLeadResponse(
                lead=mapping.lead_message(one, currency, shows_contact=self._shows_contact(one))
            ),
        )

    async def JudgeScore(self, request: pb.JudgeScoreRequest, context: Context) -> pb.JudgeScoreResponse:
        currency = await self._currency()
        return await answered(
            self._judge(mapping.judge_score(request)),
            lambda one: pb.JudgeScoreResponse(
                lead=mapping.lead_message(one, currency, shows_contact=self._shows_contact(one))
            ),
        )

    async def GetConservation(self, request: pb.GetConservationRequest, context: Context) -> pb.GetConservationResponse:
        return mapping.conservation_response(await self._find.balance())

    async def GetResponseTimes(
        self, request: pb.GetResponseTimesRequest, context: Context
    ) -> pb.GetResponseTimesResponse:
        start = moment_of(getattr(request, "from")) if request.HasField("from") else None
        end = moment_of(request.to) if request.HasField("to") else None
        reps = await self._figures.response_times(start, end)
        rows = [
            pb.ResponseTimes(
                rep_id=rep.rep_id,
                leads=rep.leads,
                followed_up=rep.followed_up,
                silent=rep.silent,
                median_minutes=rep.median_minutes,
                p90_minutes=rep.p90_minutes,
                distribution=[pb.ResponseBucket(up_to_minutes=up_to or 0, leads=n) for up_to, n in rep.distribution],
            )
            for rep in reps
        ]
        return pb.GetResponseTimesResponse(reps=rows, reached_share_pct=reached_share_pct(reps))

    async def WatchLeadHeat(
        self, request: pb.WatchLeadHeatRequest, context: Context
    ) -> AsyncIterator[pb.WatchLeadHeatResponse]:
        last: pb.WatchLeadHeatResponse | None = None
        while True:
            heat = await self._figures.heat(request.hours or _DEFAULT_HOURS)
            cells = [
                pb.HeatCell(region=c.region, team_id=c.team_id, leads=c.leads, urgent=c.urgent, worth=c.worth)
                for c in heat.cells
            ]
            answer = pb.WatchLeadHeatResponse(cells=cells, counted_at=timestamp_of(heat.counted_at))
            if last is None or list(last.cells) != cells:
                last = answer
                yield answer
            await asyncio.sleep(_WATCH_EVERY_S)

    async def MarkLeadConverted(
        self, request: pb.MarkLeadConvertedRequest, context: Context
    ) -> pb.MarkLeadConvertedResponse:
        currency = await self._currency()
        return await answered(
            self._converter.mark(mapping.mark_lead_converted(request)),
            lambda one: pb.MarkLeadConvertedResponse(
                lead=mapping.lead_message(one, currency, shows_contact=self._shows_contact(one))
            ),
        )

    async def UndoLeadConversion(
        self, request: pb.UndoLeadConversionRequest, context: Context
    ) -> pb.UndoLeadConversionResponse:
        currency = await self._currency()
        return await answered(
            self._converter.undo(mapping.undo_lead_conversion(request)),
            lambda one: pb.UndoLeadConversionResponse(
                lead=mapping.lead_message(one, currency, shows_contact=self._shows_contact(one))
            ),
        )

    async def _submit_one(self, request: pb.SubmitLeadsRequest) -> pb.SubmittedLead:
        outcome = pb.SubmittedLead(request_id=request.request_id)
        try:
            validate(request)
            answer = await self._submit(request.submission, keyed_context(request), "SubmitLeads")
        except ThroughlineError as fault:
            outcome.outcome = pb.SUBMISSION_OUTCOME_REJECTED
            outcome.reason, outcome.detail = fault.reason, fault.message
            return outcome
        outcome.outcome, outcome.lead_id = answer.outcome, answer.lead.lead_id
        outcome.owner_id = answer.lead.owner_id
        return outcome

    async def _submit(
        self, message: lead_pb2.LeadSubmission, request: RequestContext, door: str
    ) -> pb.SubmitLeadResponse:
        currency = await self._currency()
        submission = mapping.submission(message, door, currency)
        answer = await self._batcher.submit(
            submission,
            request,
            lambda one: mapping.submitted_response(one, currency, shows_contact=self._shows_contact(one.stored)),
        )
        return cast(pb.SubmitLeadResponse, answer)

    async def _lead(self, stored: StoredLead) -> lead_pb2.Lead:
        return mapping.lead_message(stored, await self._currency(), shows_contact=self._shows_contact(stored))

    async def _currency(self) -> str:
        tenant_id = _running().tenant_id
        return await self._company.currency(tenant_id) if tenant_id else ""

    def _shows_contact(self, stored: StoredLead) -> bool:
        owner = stored.lead.owner
        return self._authorizer.may_see_contact_data(
            Resource(owner.rep_id if owner else None, owner.team_id if owner else None)
        )


def _running() -> RequestContext:
    return context.current()


def _count(answer: pb.SubmitLeadsResponse, one: pb.SubmittedLead) -> None:
    if one.outcome == pb.SUBMISSION_OUTCOME_CREATED:
        answer.created += 1
    elif one.outcome == pb.SUBMISSION_OUTCOME_JOINED:
        answer.joined += 1
    else:
        answer.rejected += 1
    if len(answer.leads) < _MOST_LISTED:
        answer.leads.append(one)
