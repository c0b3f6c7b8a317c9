"""Requests to questions and cells, funnels and what they count to messages."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeAlias

from google.protobuf.message import Message

from chassis.proto_values import moment_of, timestamp_of, word_of
from scoring.application.count_funnel import DefinedFunnel
from scoring.domain.funnel import FunnelQuestion, FunnelRow, Grouping
from scoring.domain.funnel_cell import FunnelCell, FunnelLead, FunnelOpportunity
from throughline.scoring.v1 import funnel_service_pb2 as pb
from throughline.scoring.v1 import metric_service_pb2 as metric_pb
from throughline.scoring.v1 import water_line_service_pb2 as water_pb
from throughline.scoring.v1.metric_pb2 import FigureMetric

ListRequest: TypeAlias = pb.ListFunnelLeadsRequest | pb.ListFunnelOpportunitiesRequest


def funnel_question(request: pb.GetFunnelRequest | ListRequest) -> FunnelQuestion:
    """The question that a request asks."""
    return FunnelQuestion(
        group_by=grouping_of(request.group_by),
        received_from=moment_at(request, "from"),  # a keyword of Python, so it can only be reached by name
        received_before=moment_at(request, "to"),
        known_at=moment_at(request, "known_at"),
        then_by=tuple(map(grouping_of, request.then_by)),
    )


def metric_question(request: metric_pb.GetMetricFiguresRequest | water_pb.GetWaterLinesRequest) -> FunnelQuestion:
    """The question that a request for metrics asks."""
    return FunnelQuestion(
        group_by=grouping_of(request.group_by),
        received_from=moment_at(request, "from"),
        received_before=moment_at(request, "to"),
        known_at=moment_at(request, "known_at"),
    )


def funnel_cell(request: ListRequest) -> FunnelCell:
    """The figure whose leads or opportunities a request asks for."""
    return FunnelCell(funnel_question(request), request.figure, (request.group, *request.then))


def funnel_answer(defined: DefinedFunnel) -> pb.GetFunnelResponse:
    """The funnel as callers see it, each figure with its definition."""
    metrics = [
        FigureMetric(figure=name, metric_code=metric.code, metric_version=metric.version)
        for name, metric in defined.metrics
    ]
    funnel = defined.funnel
    return pb.GetFunnelResponse(rows=[_row(row) for row in funnel.rows], total=_row(funnel.total), metrics=metrics)


def lead_message(lead: FunnelLead) -> pb.FunnelLead:
    """A lead that a figure counts."""
    return pb.FunnelLead(**_told(lead))


def opportunity_message(opportunity: FunnelOpportunity) -> pb.FunnelOpportunity:
    """An opportunity that a figure counts."""
    told = _told(opportunity)
    return pb.FunnelOpportunity(opportunity_id=told.pop("id"), **told)


def grouping_of(number: "pb.FunnelGrouping.ValueType") -> Grouping:
    """The dimension that a request names."""
    return Grouping(word_of(pb.FunnelGrouping, number))


def moment_at(request: Message, name: str) -> datetime | None:
    """A moment of a request; None where it is not set."""
    return moment_of(getattr(request, name)) if request.HasField(name) else None


def _row(row: FunnelRow) -> pb.FunnelRow:
    return pb.FunnelRow(**asdict(row))


def _told(counted: FunnelLead | FunnelOpportunity) -> dict[str, Any]:
    known = {name: value for name, value in asdict(counted).items() if value is not None}
    return known | {"at": timestamp_of(counted.at)}
