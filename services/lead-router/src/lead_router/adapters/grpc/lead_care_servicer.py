"""LeadCareService: clocks, ratings, and how leads were shared out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import grpc

from chassis.idempotency import answered
from chassis.money import money_of
from chassis.proto_values import moment_of, number_of, word_of
from lead_router.adapters.grpc.lead_view import LeadView
from lead_router.application.care_for_leads import LeadCare, PauseClock, RateLead, ResumeClock
from lead_router.application.lead_statistics import LeadStatistics
from lead_router.domain.ids import LeadId
from lead_router.domain.lead_ending import LeadQuality
from lead_router.domain.response_clock import ClockKind
from throughline.lead_router.v1 import lead_care_service_pb2 as pb
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1.lead_care_service_pb2_grpc import LeadCareServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class LeadCareServicer(LeadCareServiceServicer):
    """Parse, call, render."""

    def __init__(self, care: LeadCare, statistics: LeadStatistics, view: LeadView) -> None:
        self._care = care
        self._statistics = statistics
        self._view = view

    async def PauseClock(self, request: pb.PauseClockRequest, context: Context) -> pb.PauseClockResponse:
        currency, reason = await self._view.currency(), word_of(lead_pb2.ClockPauseReason, request.reason)
        command = PauseClock(LeadId(request.lead_id), request.version, _clock(request.clock), reason)
        return await answered(
            self._care.pause(command), lambda one: pb.PauseClockResponse(lead=self._view.message(one, currency))
        )

    async def ResumeClock(self, request: pb.ResumeClockRequest, context: Context) -> pb.ResumeClockResponse:
        currency = await self._view.currency()
        command = ResumeClock(LeadId(request.lead_id), request.version, _clock(request.clock))
        return await answered(
            self._care.resume(command), lambda one: pb.ResumeClockResponse(lead=self._view.message(one, currency))
        )

    async def RateLead(self, request: pb.RateLeadRequest, context: Context) -> pb.RateLeadResponse:
        currency = await self._view.currency()
        quality = LeadQuality(word_of(lead_pb2.LeadQuality, request.quality))
        command = RateLead(LeadId(request.lead_id), request.version, quality)
        return await answered(
            self._care.rate(command), lambda one: pb.RateLeadResponse(lead=self._view.message(one, currency))
        )

    async def GetSourceQuality(
        self, request: pb.GetSourceQualityRequest, context: Context
    ) -> pb.GetSourceQualityResponse:
        rows = [
            pb.SourceQuality(
                source=one.source,
                utm_campaign=one.utm_campaign,
                leads=one.leads,
                ratings=_ratings(one.ratings),
                deaths=[
                    pb.DeathCount(reason=number_of(lead_pb2.DeathReason, reason.value), leads=leads)
                    for reason, leads in one.deaths.items()
                ],
                converted=one.converted,
                mean_rating=one.mean_rating,
            )
            for one in await self._statistics.sources(*_span(request))
        ]
        return pb.GetSourceQualityResponse(sources=rows)

    async def GetAllocation(self, request: pb.GetAllocationRequest, context: Context) -> pb.GetAllocationResponse:
        currency, found = await self._view.currency(), await self._statistics.allocation(*_span(request))
        all_high = sum(rep.high for rep in found.reps)
        rows = [
            pb.Allocation(
                rep_id=rep.rep_id,
                leads=rep.leads,
                high=rep.high,
                middle=rep.middle,
                low=rep.leads - rep.high - rep.middle,
                worth=money_of(rep.worth, currency),
                high_share_pct=100.0 * rep.high / all_high if all_high else 0.0,
                ratings=_ratings(rep.ratings),
            )
            for rep in found.reps
        ]
        return pb.GetAllocationResponse(
            reps=rows,
            high_from=money_of(found.high_from, currency),
            middle_from=money_of(found.middle_from, currency),
        )


def _clock(number: int) -> ClockKind:
    return ClockKind(word_of(lead_pb2.LeadClock, number))


def _ratings(ratings: Mapping[LeadQuality, int]) -> list[pb.QualityCount]:
    return [
        pb.QualityCount(quality=number_of(lead_pb2.LeadQuality, grade.value), leads=ratings[grade])
        for grade in LeadQuality
        if grade in ratings
    ]


def _span(request: Any) -> tuple[datetime | None, datetime | None]:
    start = moment_of(getattr(request, "from")) if request.HasField("from") else None
    return start, moment_of(request.to) if request.HasField("to") else None
