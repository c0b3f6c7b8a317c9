"""Requests to commands, aggregates to messages."""

from chassis.files.file import FileId
from chassis.proto_values import moment_of, number_of, timestamp_of, word_of
from pipeline.adapters.follow_up_verdicts import verdict_message
from pipeline.application.ports import FollowUpFilter
from pipeline.application.record_follow_up import RecordFollowUp
from pipeline.domain.follow_up import FollowUp, NextAction
from pipeline.domain.ids import CustomerId, LeadId
from throughline.pipeline.v1 import activity_service_pb2 as pb


def record_follow_up(request: pb.RecordFollowUpRequest) -> RecordFollowUp:
    """The command that a request asks for."""
    due_at = moment_of(request.next_action_at) if request.HasField("next_action_at") else None
    return RecordFollowUp(
        lead_id=LeadId(request.lead_id) if request.lead_id else None,
        customer_id=CustomerId(request.customer_id) if request.customer_id else None,
        channel=word_of(pb.Channel, request.channel),
        tags=tuple(word_of(pb.FollowUpTag, tag) for tag in request.tags),
        summary=request.summary,
        next_action=NextAction(request.next_action, due_at) if request.next_action else None,
        occurred_at=moment_of(request.occurred_at) if request.HasField("occurred_at") else None,
        custom=dict(request.custom),
        decision_chain_update=request.decision_chain_update,
        file_ids=tuple(FileId(file_id) for file_id in request.file_ids),
    )


def follow_up_filter(request: pb.ListFollowUpsRequest) -> FollowUpFilter:
    """The filter that a request asks for."""
    return FollowUpFilter(request.lead_id, request.customer_id, request.person_id)


def follow_up_message(follow_up: FollowUp) -> pb.FollowUp:
    """A follow-up as callers see it."""
    step = follow_up.next_action
    return pb.FollowUp(
        follow_up_id=follow_up.id,
        lead_id=follow_up.lead_id or "",
        customer_id=follow_up.customer_id or "",
        person_id=follow_up.person_id,
        channel=number_of(pb.Channel, follow_up.channel),
        tags=[number_of(pb.FollowUpTag, tag) for tag in follow_up.tags],
        summary=follow_up.summary,
        next_action=step.text if step else "",
        next_action_at=timestamp_of(step.due_at) if step and step.due_at else None,
        occurred_at=timestamp_of(follow_up.occurred_at),
        recorded_at=timestamp_of(follow_up.recorded_at),
        version=follow_up.version,
        custom=follow_up.custom,
        file_ids=[document.file_id for document in follow_up.documents],
        decision_chain_update=follow_up.decision_chain_update,
        verdict=verdict_message(follow_up.verdict) if follow_up.verdict else None,
    )


def recorded(follow_up: FollowUp) -> pb.RecordFollowUpResponse:
    """The answer to a recording."""
    return pb.RecordFollowUpResponse(follow_up=follow_up_message(follow_up))


def found_since(follow_up: FollowUp | None) -> pb.FindFollowUpSinceResponse:
    """The answer to the question whether a lead was followed up."""
    if follow_up is None:
        return pb.FindFollowUpSinceResponse()
    return pb.FindFollowUpSinceResponse(follow_up_id=follow_up.id, occurred_at=timestamp_of(follow_up.occurred_at))
