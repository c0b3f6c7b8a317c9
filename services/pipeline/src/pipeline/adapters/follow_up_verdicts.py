"""Verdicts on follow-ups as messages, for callers and for events."""

from chassis.proto_values import number_of
from pipeline.domain.follow_up_standard import FollowUpVerdict
from throughline.pipeline.v1 import activity_service_pb2 as pb


def verdict_message(verdict: FollowUpVerdict) -> pb.FollowUpVerdict:
    """A verdict as others see it."""
    return pb.FollowUpVerdict(
        follow_up_standard_id=verdict.standard_id,
        customer_type=verdict.customer_type,
        is_effective=verdict.is_effective,
        missing=[number_of(pb.FollowUpCriterion, criterion) for criterion in verdict.missing],
    )
