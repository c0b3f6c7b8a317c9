"""FollowUpStandardService: what counts as an effective follow-up, and how many are."""

import grpc

from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from chassis.proto_values import moment_of, number_of, timestamp_of, word_of
from pipeline.application.follow_up_ports import PublishedStandard
from pipeline.application.follow_up_standards import FollowUpStandardDesk, PublishFollowUpStandard
from pipeline.domain.effective_ratio import EffectiveRatioQuestion, EffectiveRatioRow, RatioGrouping
from pipeline.domain.follow_up_standard import Criterion
from throughline.pipeline.v1 import activity_service_pb2
from throughline.pipeline.v1 import follow_up_standard_service_pb2 as pb
from throughline.pipeline.v1.follow_up_standard_service_pb2_grpc import FollowUpStandardServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class FollowUpStandardServicer(FollowUpStandardServiceServicer):
    """Parse, call, render."""

    def __init__(self, desk: FollowUpStandardDesk) -> None:
        self._desk = desk

    async def GetActiveFollowUpStandard(
        self, request: pb.GetActiveFollowUpStandardRequest, context: Context
    ) -> pb.GetActiveFollowUpStandardResponse:
        return pb.GetActiveFollowUpStandardResponse(standard=_message(await self._desk.active(request.customer_type)))

    async def ListFollowUpStandards(
        self, request: pb.ListFollowUpStandardsRequest, context: Context
    ) -> pb.ListFollowUpStandardsResponse:
        size = size_of(request)
        customer_type = request.customer_type if request.HasField("customer_type") else None
        found = await self._desk.page(customer_type, cursor_of(request), size + 1)
        page = found[:size]
        token = token_after(request, key=(), id=page[-1].standard.id) if len(found) > size else ""
        return pb.ListFollowUpStandardsResponse(standards=[_message(one) for one in page], next_page_token=token)

    async def PublishFollowUpStandard(
        self, request: pb.PublishFollowUpStandardRequest, context: Context
    ) -> pb.PublishFollowUpStandardResponse:
        command = PublishFollowUpStandard(
            request.customer_type,
            tuple(Criterion(word_of(activity_service_pb2.FollowUpCriterion, one)) for one in request.criteria),
            tuple(request.document_kinds),
            request.version,
            request.note,
        )
        return await answered(self._desk.publish(command), _published)

    async def GetEffectiveRatio(
        self, request: pb.GetEffectiveRatioRequest, context: Context
    ) -> pb.GetEffectiveRatioResponse:
        ratio = await self._desk.ratio(_question(request))
        return pb.GetEffectiveRatioResponse(rows=[_row(row) for row in ratio.rows], total=_row(ratio.total))


def _question(request: pb.GetEffectiveRatioRequest) -> EffectiveRatioQuestion:
    # `from` is a keyword of Python, so it can only be reached by name.
    return EffectiveRatioQuestion(
        group_by=RatioGrouping(word_of(pb.EffectiveRatioGrouping, request.group_by)),
        occurred_from=moment_of(getattr(request, "from")) if request.HasField("from") else None,
        occurred_before=moment_of(request.to) if request.HasField("to") else None,
        customer_type=request.customer_type if request.HasField("customer_type") else None,
    )


def _published(published: PublishedStandard) -> pb.PublishFollowUpStandardResponse:
    return pb.PublishFollowUpStandardResponse(standard=_message(published))


def _message(published: PublishedStandard) -> pb.FollowUpStandard:
    standard = published.standard
    return pb.FollowUpStandard(
        follow_up_standard_id=standard.id,
        customer_type=standard.customer_type,
        version=standard.version,
        criteria=[number_of(activity_service_pb2.FollowUpCriterion, one) for one in standard.criteria],
        document_kinds=standard.document_kinds,
        published_at=timestamp_of(published.published_at) if published.published_at else None,
        published_by=published.published_by,
        note=published.note,
    )


def _row(row: EffectiveRatioRow) -> pb.EffectiveRatioRow:
    return pb.EffectiveRatioRow(
        group=row.group,
        follow_ups=row.follow_ups,
        effective=row.effective,
        effective_ratio_pct=row.effective_ratio_pct,
        missing=row.missing,
    )
