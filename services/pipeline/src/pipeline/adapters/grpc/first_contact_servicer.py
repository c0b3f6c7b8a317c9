"""FirstContactService: the summaries of first contacts."""

from datetime import timedelta

import grpc

from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from chassis.proto_values import timestamp_of
from pipeline.application.first_contacts import FirstContactDesk, PutFirstContactSettings, SubmitSummary
from pipeline.domain.first_contact import FirstContactSettings, FirstContactSummary, IntentLevel, SummaryContent
from pipeline.domain.ids import LeadId
from throughline.pipeline.v1 import first_contact_service_pb2 as pb
from throughline.pipeline.v1.first_contact_service_pb2_grpc import FirstContactServiceServicer

Context = grpc.aio.ServicerContext[object, object]

_MINUTE = timedelta(minutes=1)


class FirstContactServicer(FirstContactServiceServicer):
    """Parse, call, render."""

    def __init__(self, desk: FirstContactDesk) -> None:
        self._desk = desk

    async def SubmitFirstContactSummary(
        self, request: pb.SubmitFirstContactSummaryRequest, context: Context
    ) -> pb.SubmitFirstContactSummaryResponse:
        content = SummaryContent(request.pain_point, request.decision_chain, request.intent_level)
        submitted = self._desk.submit(SubmitSummary(LeadId(request.lead_id.lower()), content))
        return await answered(submitted, lambda one: pb.SubmitFirstContactSummaryResponse(summary=_summary(one)))

    async def GetFirstContactSummary(
        self, request: pb.GetFirstContactSummaryRequest, context: Context
    ) -> pb.GetFirstContactSummaryResponse:
        found = await self._desk.get(LeadId(request.lead_id.lower()))
        return pb.GetFirstContactSummaryResponse(summary=_summary(found))

    async def ListOpenFirstContactSummaries(
        self, request: pb.ListOpenFirstContactSummariesRequest, context: Context
    ) -> pb.ListOpenFirstContactSummariesResponse:
        size = size_of(request)
        found = await self._desk.page(
            request.person_id, cursor_of(request), size + 1, only_overdue=request.only_overdue
        )
        page = found[:size]
        token = token_after(request, key=(), id=page[-1].follow_up_id) if len(found) > size else ""
        return pb.ListOpenFirstContactSummariesResponse(
            summaries=[_summary(summary) for summary in page], next_page_token=token
        )

    async def GetFirstContactSettings(
        self, request: pb.GetFirstContactSettingsRequest, context: Context
    ) -> pb.GetFirstContactSettingsResponse:
        return pb.GetFirstContactSettingsResponse(settings=_settings(await self._desk.settings()))

    async def PutFirstContactSettings(
        self, request: pb.PutFirstContactSettingsRequest, context: Context
    ) -> pb.PutFirstContactSettingsResponse:
        asked = request.settings
        levels = tuple(IntentLevel(level.code, level.name) for level in asked.intent_levels)
        put = self._desk.put_settings(PutFirstContactSettings(request.version, asked.limit_min * _MINUTE, levels))
        return await answered(put, lambda one: pb.PutFirstContactSettingsResponse(settings=_settings(one)))


def _summary(summary: FirstContactSummary) -> pb.FirstContactSummary:
    content = summary.content
    return pb.FirstContactSummary(
        lead_id=summary.lead_id,
        version=summary.version,
        follow_up_id=summary.follow_up_id,
        person_id=summary.person_id,
        contacted_at=timestamp_of(summary.contacted_at),
        due_at=timestamp_of(summary.due_at),
        is_open=summary.is_open,
        is_overdue=summary.is_overdue,
        pain_point=content.pain_point if content else "",
        decision_chain=content.decision_chain if content else "",
        intent_level=content.intent_level if content else "",
        submitted_by=summary.submitted_by,
        submitted_at=timestamp_of(summary.submitted_at) if summary.submitted_at else None,
    )


def _settings(settings: FirstContactSettings) -> pb.FirstContactSettings:
    return pb.FirstContactSettings(
        version=settings.version,
        limit_min=settings.limit // _MINUTE,
        intent_levels=[pb.IntentLevel(code=level.code, name=level.name) for level in settings.intent_levels],
    )
