"""Facts about offers, pools, clocks and ratings as the messages that leave."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from chassis.proto_values import number_of, timestamp_of
from lead_router.domain import events as e
from lead_router.domain.events import LeadEvent
from throughline.lead_router.v1 import events_pb2 as pb
from throughline.lead_router.v1 import lead_pb2


def _offered(event: e.LeadOffered) -> pb.LeadOffered:
    return pb.LeadOffered(
        lead_id=event.lead_id,
        decision_id=event.decision_id,
        rep_id=event.to.rep_id,
        team_id=event.to.team_id,
        supervisor_id=event.to.supervisor_id or "",
        expires_at=timestamp_of(event.expires_at),
        attempt=event.attempt,
    )


def _declined(event: e.LeadOfferDeclined) -> pb.LeadOfferDeclined:
    return pb.LeadOfferDeclined(
        lead_id=event.lead_id, rep_id=event.rep_id, reason=event.reason, keeps_credit=event.keeps_credit
    )


def _expired(event: e.LeadOfferExpired) -> pb.LeadOfferExpired:
    return pb.LeadOfferExpired(lead_id=event.lead_id, rep_id=event.rep_id)


def _pooled(event: e.LeadPooled) -> pb.LeadPooled:
    return pb.LeadPooled(
        lead_id=event.lead_id,
        pool_id=event.pool_id,
        from_owner_id=event.left.rep_id if event.left else "",
        cause=event.cause,
        source=event.source,
    )


def _extended(event: e.LeadProtectionExtended) -> pb.LeadProtectionExtended:
    return pb.LeadProtectionExtended(lead_id=event.lead_id, owner_id=event.owner.rep_id, extensions=event.extensions)


def _rated(event: e.LeadQualityRated) -> pb.LeadQualityRated:
    owner = event.owner
    return pb.LeadQualityRated(
        lead_id=event.lead_id,
        quality=number_of(lead_pb2.LeadQuality, event.quality.value),
        source=event.source,
        utm_campaign=event.utm_campaign,
        owner_id=owner.rep_id if owner else "",
        team_id=owner.team_id if owner else "",
        by_person_id=event.rated_by,
    )


def _paused(event: e.LeadClockPaused) -> pb.LeadClockPaused:
    return pb.LeadClockPaused(
        lead_id=event.lead_id,
        clock=number_of(lead_pb2.LeadClock, event.clock.value),
        reason=number_of(lead_pb2.ClockPauseReason, event.reason),
    )


def _resumed(event: e.LeadClockResumed) -> pb.LeadClockResumed:
    return pb.LeadClockResumed(
        lead_id=event.lead_id,
        clock=number_of(lead_pb2.LeadClock, event.clock.value),
        due_at=timestamp_of(event.due_at) if event.due_at else None,
    )


def _urgent(event: e.LeadUrgencyRaised) -> pb.LeadUrgencyRaised:
    owner = event.owner
    return pb.LeadUrgencyRaised(
        lead_id=event.lead_id,
        causes=list(event.causes),
        owner_id=owner.rep_id if owner else "",
        supervisor_id=(owner.supervisor_id or "") if owner else "",
    )


POOL_MESSAGES: Mapping[type[LeadEvent], Callable[[Any], Message]] = {
    e.LeadOffered: _offered,
    e.LeadOfferDeclined: _declined,
    e.LeadOfferExpired: _expired,
    e.LeadPooled: _pooled,
    e.LeadProtectionExtended: _extended,
    e.LeadQualityRated: _rated,
    e.LeadClockPaused: _paused,
    e.LeadClockResumed: _resumed,
    e.LeadUrgencyRaised: _urgent,
}
