"""Requests to questions, funnels to messages."""

from dataclasses import asdict
from datetime import datetime

from google.protobuf.message import Message

from chassis.proto_values import moment_of, word_of
from scoring.domain.funnel import Funnel, FunnelQuestion, FunnelRow, Grouping
from throughline.scoring.v1 import funnel_service_pb2 as pb


def funnel_question(request: pb.GetFunnelRequest) -> FunnelQuestion:
    """The question that a request asks."""
    return FunnelQuestion(
        group_by=Grouping(word_of(pb.FunnelGrouping, request.group_by)),
        received_from=_moment(request, "from"),  # a keyword of Python, so it can only be reached by name
        received_before=_moment(request, "to"),
        known_at=_moment(request, "known_at"),
    )


def funnel_answer(funnel: Funnel) -> pb.GetFunnelResponse:
    """The funnel as callers see it."""
    return pb.GetFunnelResponse(rows=[_row(row) for row in funnel.rows], total=_row(funnel.total))


def _row(row: FunnelRow) -> pb.FunnelRow:
    return pb.FunnelRow(**asdict(row))


def _moment(request: Message, name: str) -> datetime | None:
    return moment_of(getattr(request, name)) if request.HasField(name) else None
