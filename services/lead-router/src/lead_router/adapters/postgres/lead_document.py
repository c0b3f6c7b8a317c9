"""A lead as a JSON document and back. The columns beside it are for queries; the document is the whole aggregate."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from lead_router.domain.events import Owner
from lead_router.domain.ids import CustomerId, DecisionId, FileId, LeadId, OpportunityId, PersonId, PoolId, RepId
from lead_router.domain.lead import Lead
from lead_router.domain.lead_clocks import LeadClocks
from lead_router.domain.lead_details import LeadDetails, LeadIdentity, LeadOrigin, LeadProfile, LeadScore
from lead_router.domain.lead_ending import LeadQuality
from lead_router.domain.lead_state import LeadState, WaitingReason
from lead_router.domain.qualification import DocumentKind, Qualification
from lead_router.domain.response_clock import ClockKind, ClockRule, Pause, ResponseClock, TimeCounted
from lead_router.domain.routing.canonical_json import fields_of
from lead_router.domain.standing import Standing

Document = dict[str, Any]


def to_document(lead: Lead) -> Document:
    """Everything that a lead remembers, as plain JSON values."""
    details, clocks = lead.details, lead.clocks
    profile = fields_of(details.profile) | {"trial_ends_at": _text(details.profile.trial_ends_at)}
    return {
        "identity": fields_of(details.identity),
        "origin": fields_of(details.origin),
        "profile": profile,
        "message": details.message,
        "custom": dict(details.custom),
        "clocks": {
            "response": _clock_document(clocks.response),
            "follow_up": _clock_document(clocks.follow_up) if clocks.follow_up else None,
            "first_touched_at": _text(clocks.first_touched_at),
            "last_follow_up_at": _text(clocks.last_follow_up_at),
            "response_overdue": clocks.response_overdue,
            "to_be_activated": clocks.to_be_activated,
            "alarm_unconfirmed": clocks.alarm_unconfirmed,
            "fell_silent": clocks.fell_silent,
        },
        "standing": _standing_document(lead.standing),
        "before_merge": _standing_document(lead.before_merge) if lead.before_merge else None,
        "score": fields_of(lead.score) if lead.score else None,
        "shadow_score": fields_of(lead.shadow_score) if lead.shadow_score else None,
        "customer_id": lead.customer_id,
        "touches": lead.touches,
        "declined_by": list(lead.declined_by),
        "reroutes": lead.reroutes,
        "qualification": {
            "documents": dict(lead.qualification.documents),
            "qualified_at": _text(lead.qualification.qualified_at),
        },
        "first_owned_at": _text(lead.first_owned_at),
        "quality": lead.quality.value if lead.quality else None,
    }


def from_document(
    lead_id: str, document: Mapping[str, Any], *, version: int, is_urgent: bool, received_at: datetime
) -> Lead:
    """The lead that `to_document` was given."""
    score, before, clocks = document["score"], document["before_merge"], document["clocks"]
    qualification, shadow = document["qualification"], document.get("shadow_score")
    return Lead(
        id=LeadId(lead_id),
        details=_details(document),
        received_at=received_at,
        clocks=_clocks(clocks),
        standing=_standing(document["standing"]),
        version=version,
        is_urgent=is_urgent,
        score=LeadScore.from_document(score) if score else None,
        shadow_score=LeadScore.from_document(shadow) if shadow else None,
        customer_id=CustomerId(document["customer_id"]) if document["customer_id"] else None,
        touches=document["touches"],
        declined_by=tuple(map(RepId, document["declined_by"])),
        reroutes=document["reroutes"],
        qualification=Qualification(
            {DocumentKind(kind): FileId(file) for kind, file in qualification["documents"].items()},
            _moment(qualification["qualified_at"]),
        ),
        before_merge=_standing(before) if before else None,
        # A document of earlier code does not tell: as if it had been owned at once, so that nothing is made up.
        first_owned_at=_moment(document["first_owned_at"]) if "first_owned_at" in document else received_at,
        quality=LeadQuality(quality) if (quality := document.get("quality")) else None,
    )


def _details(document: Mapping[str, Any]) -> LeadDetails:
    origin, profile = document["origin"], document["profile"]
    return LeadDetails(
        LeadIdentity(**document["identity"]),
        LeadOrigin(**{**origin, "attachment_types": tuple(origin["attachment_types"])}),
        LeadProfile(**{**profile, "trial_ends_at": _moment(profile["trial_ends_at"])}),
        document["message"],
        document["custom"],
    )


def _clocks(document: Mapping[str, Any]) -> LeadClocks:
    follow_up = document["follow_up"]
    return LeadClocks(
        response=_clock(ClockKind.RESPONSE, document["response"]),
        follow_up=_clock(ClockKind.FOLLOW_UP, follow_up) if follow_up else None,
        first_touched_at=_moment(document["first_touched_at"]),
        last_follow_up_at=_moment(document["last_follow_up_at"]),
        response_overdue=document["response_overdue"],
        to_be_activated=document["to_be_activated"],
        alarm_unconfirmed=document["alarm_unconfirmed"],
        fell_silent=document["fell_silent"],
    )


def _clock_document(clock: ResponseClock) -> Document:
    return {
        "started_at": _text(clock.started_at),
        "limit_s": clock.rule.limit.total_seconds(),
        "counts": clock.rule.counts.value,
        "pauses": [[_text(pause.since), pause.reason, _text(pause.until)] for pause in clock.pauses],
        "stopped_at": _text(clock.stopped_at),
    }


def _clock(kind: ClockKind, document: Mapping[str, Any]) -> ResponseClock:
    return ResponseClock(
        kind,
        datetime.fromisoformat(document["started_at"]),
        ClockRule(timedelta(seconds=document["limit_s"]), TimeCounted(document["counts"])),
        tuple(Pause(datetime.fromisoformat(since), why, _moment(until)) for since, why, until in document["pauses"]),
        _moment(document["stopped_at"]),
    )


def _standing_document(standing: Standing) -> Document:
    return {
        "state": standing.state.value,
        "waiting_reason": standing.waiting_reason.value if standing.waiting_reason else None,
        "look_again_at": _text(standing.look_again_at),
        "owner": fields_of(standing.owner) if standing.owner else None,
        "assigned_at": _text(standing.assigned_at),
        "offered_to": fields_of(standing.offered_to) if standing.offered_to else None,
        "offer_expires_at": _text(standing.offer_expires_at),
        "offer_decision_id": standing.offer_decision_id,
        "pool_id": standing.pool_id,
        "pooled_at": _text(standing.pooled_at),
        "merged_into": standing.merged_into,
        "merged_into_customer": standing.merged_into_customer,
        "end_reason": standing.end_reason,
        "opportunity_id": standing.opportunity_id,
        "is_accepted": standing.is_accepted,
        "extensions": standing.extensions,
    }


def _standing(document: Mapping[str, Any]) -> Standing:
    reason = document["waiting_reason"]
    return Standing(
        state=LeadState(document["state"]),
        waiting_reason=WaitingReason(reason) if reason else None,
        look_again_at=_moment(document["look_again_at"]),
        owner=_owner(document["owner"]),
        assigned_at=_moment(document["assigned_at"]),
        offered_to=_owner(document["offered_to"]),
        offer_expires_at=_moment(document["offer_expires_at"]),
        offer_decision_id=DecisionId(document["offer_decision_id"]) if document["offer_decision_id"] else None,
        pool_id=PoolId(document["pool_id"]) if document["pool_id"] else None,
        pooled_at=_moment(document.get("pooled_at")),
        merged_into=LeadId(document["merged_into"]) if document["merged_into"] else None,
        merged_into_customer=CustomerId(document["merged_into_customer"]) if document["merged_into_customer"] else None,
        end_reason=document["end_reason"],
        opportunity_id=OpportunityId(document["opportunity_id"]) if document["opportunity_id"] else None,
        is_accepted=document["is_accepted"],
        extensions=document.get("extensions", 0),
    )


def _owner(document: Mapping[str, Any] | None) -> Owner | None:
    if document is None:
        return None
    supervisor = document["supervisor_id"]
    return Owner(RepId(document["rep_id"]), document["team_id"], PersonId(supervisor) if supervisor else None)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
