"""Facts of the domain as the messages that leave, with the notices that screens get."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from google.protobuf.message import Message

from chassis.database import Transaction
from chassis.money import money_of
from chassis.proto_values import number_of, timestamp_of
from lead_router.adapters.kafka.pool_events import POOL_MESSAGES
from lead_router.adapters.measures import note_first_owner
from lead_router.domain import events as e
from lead_router.domain.events import LeadEvent, Owner
from lead_router.domain.response_clock import ClockKind
from throughline.common.v1.notice_pb2 import Notice
from throughline.lead_router.v1 import events_pb2 as pb
from throughline.lead_router.v1 import lead_pb2

LEAD = "lead"


class LeadOutbox:
    """Appends the facts of leads to the outbox."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._outbox = transaction.outbox

    def append(self, event: LeadEvent, *, worth: int = 0, currency: str = "") -> None:
        """Adds a fact, and tells the screens where somebody is to see it.

        Kinds that no contract names yet stay inside: they belong to moves that no call offers.
        """
        if isinstance(event, e.LeadReceived):
            message: Message = _received(event, worth, currency)
        elif (render := _MESSAGES.get(type(event))) is not None:
            message = render(event)
        else:
            raise LookupError(f"no message for {type(event).__name__}")
        self._outbox.append(
            aggregate=LEAD, aggregate_id=event.lead_id, version=event.version, message=message, occurred_at=event.at
        )
        if isinstance(event, e.LeadAssigned | e.LeadReassigned) and event.waited is not None:
            self._transaction.after_commit(partial(note_first_owner, event.because, event.waited))
        if (told := _NOTICES.get(type(event))) is not None:
            self._outbox.notice(_notice(event, *told(event)))


def _received(event: e.LeadReceived, worth: int, currency: str) -> pb.LeadReceived:
    return pb.LeadReceived(
        lead_id=event.lead_id,
        source=event.source,
        utm_campaign=event.utm_campaign,
        industry=event.industry,
        region=event.region,
        segment=number_of(lead_pb2.Segment, event.segment),
        product_line=event.product_line,
        is_urgent=event.is_urgent,
        worth=money_of(worth, currency),
        received_at=timestamp_of(event.at),
        captured=event.captured,
        score_ppm=event.score.win_probability_ppm if event.score else 0,
        score_model_id=event.score.model if event.score else "",
        shadow_score_ppm=event.shadow_score.win_probability_ppm if event.shadow_score else 0,
        shadow_model_id=event.shadow_score.model if event.shadow_score else "",
    )


def _joined(event: e.LeadJoined) -> pb.LeadJoined:
    return pb.LeadJoined(
        lead_id=event.lead_id,
        submission_id=event.submission_id,
        source=event.source,
        owner_id=_rep(event.owner),
        submitter_id=event.submitter_id or "",
        reasons=list(event.reasons),
    )


def _join_undone(event: e.LeadJoinUndone) -> pb.LeadJoinUndone:
    return pb.LeadJoinUndone(lead_id=event.lead_id, submission_id=event.submission_id, source=event.source)


def _assigned(event: e.LeadAssigned) -> pb.LeadAssigned:
    return pb.LeadAssigned(
        lead_id=event.lead_id,
        decision_id=event.decision_id or "",
        owner_id=event.owner.rep_id,
        team_id=event.owner.team_id,
        supervisor_id=event.owner.supervisor_id or "",
        is_urgent=event.is_urgent,
        follow_up_due_at=timestamp_of(event.follow_up_due_at) if event.follow_up_due_at else None,
        because=event.because.value,
    )


def _reassigned(event: e.LeadReassigned) -> pb.LeadReassigned:
    return pb.LeadReassigned(
        lead_id=event.lead_id,
        decision_id=event.decision_id or "",
        from_owner_id=_rep(event.left),
        owner_id=event.owner.rep_id,
        team_id=event.owner.team_id,
        supervisor_id=event.owner.supervisor_id or "",
        by_person_id=event.moved_by or "",
        follow_up_due_at=timestamp_of(event.follow_up_due_at) if event.follow_up_due_at else None,
    )


def _queued(event: e.LeadQueued) -> pb.LeadQueued:
    return pb.LeadQueued(
        lead_id=event.lead_id,
        decision_id=event.decision_id or "",
        reason=number_of(lead_pb2.WaitingReason, event.reason.value),
        supervisor_ids=list(event.supervisor_ids),
    )


def _rejected(event: e.LeadRejected) -> pb.LeadRejected:
    return pb.LeadRejected(lead_id=event.lead_id, reason=event.reason, source=event.source)


def _overdue(event: e.LeadResponseOverdue) -> pb.LeadResponseOverdue:
    return pb.LeadResponseOverdue(
        lead_id=event.lead_id,
        owner_id=_rep(event.owner),
        supervisor_id=_supervisor(event.owner),
        due_at=timestamp_of(event.due_at),
        is_unconfirmed=event.is_unconfirmed,
    )


def _silent(event: e.LeadFellSilent) -> pb.LeadFellSilent:
    return pb.LeadFellSilent(
        lead_id=event.lead_id,
        owner_id=event.owner.rep_id,
        team_id=event.owner.team_id,
        supervisor_id=_supervisor(event.owner),
        due_at=timestamp_of(event.due_at),
        is_unconfirmed=event.is_unconfirmed,
    )


def _withdrawn(event: e.LeadAlarmWithdrawn) -> pb.LeadAlarmWithdrawn:
    return pb.LeadAlarmWithdrawn(
        lead_id=event.lead_id,
        owner_id=event.owner.rep_id,
        supervisor_id=_supervisor(event.owner),
        followed_up_at=timestamp_of(event.followed_up_at),
        is_follow_up_alarm=event.clock is ClockKind.FOLLOW_UP,
    )


def _followed_up(event: e.LeadFollowedUp) -> pb.LeadFollowedUp:
    return pb.LeadFollowedUp(
        lead_id=event.lead_id,
        follow_up_id=event.follow_up_id,
        owner_id=event.owner.rep_id,
        team_id=event.owner.team_id,
        followed_up_at=timestamp_of(event.followed_up_at),
        is_first=event.is_first,
        response_minutes=event.response_minutes or 0,
        reactivated=event.reactivated,
    )


def _judged(event: e.LeadScoreJudged) -> pb.LeadScoreJudged:
    return pb.LeadScoreJudged(
        lead_id=event.lead_id,
        verdict=number_of(lead_pb2.ScoreVerdict, event.verdict.value),
        probability_ppm=event.score.win_probability_ppm,
        model_id=event.score.model,
        by_person_id=event.judged_by,
    )


def _closed(event: e.LeadClosed) -> pb.LeadClosed:
    team_id = event.owner.team_id if event.owner else ""
    return pb.LeadClosed(
        lead_id=event.lead_id,
        owner_id=_rep(event.owner),
        team_id=team_id,
        death_reason=number_of(lead_pb2.DeathReason, event.reason.value),
        quality=number_of(lead_pb2.LeadQuality, event.quality.value),
        source=event.source,
        utm_campaign=event.utm_campaign,
    )


def _converted(event: e.LeadConverted) -> pb.LeadConverted:
    return pb.LeadConverted(
        lead_id=event.lead_id,
        customer_id=event.customer_id,
        opportunity_id=event.opportunity_id,
        owner_id=event.owner.rep_id,
        team_id=event.owner.team_id,
    )


def _conversion_undone(event: e.LeadConversionUndone) -> pb.LeadConversionUndone:
    return pb.LeadConversionUndone(
        lead_id=event.lead_id,
        customer_id=event.customer_id,
        opportunity_id=event.opportunity_id,
        owner_id=event.owner.rep_id,
        team_id=event.owner.team_id,
        follow_up_due_at=timestamp_of(event.follow_up_due_at) if event.follow_up_due_at else None,
    )


def _document_attached(event: e.LeadDocumentAttached) -> pb.LeadDocumentAttached:
    return pb.LeadDocumentAttached(lead_id=event.lead_id, kind=event.kind.value, file_id=event.file_id)


def _qualified(event: e.LeadQualified) -> pb.LeadQualified:
    return pb.LeadQualified(
        lead_id=event.lead_id,
        owner_id=event.owner.rep_id,
        team_id=event.owner.team_id,
        qualified_at=timestamp_of(event.at),
    )


def _scored(event: e.LeadScored) -> pb.LeadScored:
    return pb.LeadScored(lead_id=event.lead_id, probability_ppm=event.win_probability_ppm, model_id=event.model)


def _behaviour_recognised(event: e.LeadBehaviourRecognised) -> pb.LeadBehaviourRecognised:
    rule = event.recognised.rule
    message = pb.LeadBehaviourRecognised(
        lead_id=event.lead_id,
        rule_id=rule.id,
        rules_version=event.recognised.rules_version,
        boost_pct=rule.boost_pct,
        owner_id=_rep(event.owner),
    )
    setattr(message, "class", rule.behaviour_class)
    return message


_MESSAGES: Mapping[type[LeadEvent], Callable[[Any], Message]] = {
    e.LeadJoined: _joined,
    e.LeadJoinUndone: _join_undone,
    e.LeadAssigned: _assigned,
    e.LeadReassigned: _reassigned,
    e.LeadQueued: _queued,
    e.LeadRejected: _rejected,
    e.LeadResponseOverdue: _overdue,
    e.LeadFellSilent: _silent,
    e.LeadAlarmWithdrawn: _withdrawn,
    e.LeadFollowedUp: _followed_up,
    e.LeadClosed: _closed,
    e.LeadConverted: _converted,
    e.LeadConversionUndone: _conversion_undone,
    e.LeadDocumentAttached: _document_attached,
    e.LeadQualified: _qualified,
    e.LeadScoreJudged: _judged,
    **POOL_MESSAGES,
    e.LeadScored: _scored,
    e.LeadBehaviourRecognised: _behaviour_recognised,
}

Told = tuple[str, Owner | None, tuple[str, ...]]
"""Kind of the notice, the owner meant, and further people meant."""

_NOTICES: Mapping[type[LeadEvent], Callable[[Any], Told]] = {
    e.LeadReceived: lambda event: ("lead.received", None, ()),  # noqa: ARG005 - one shape for all
    e.LeadAssigned: lambda event: ("lead.assigned", event.owner, ()),
    e.LeadReassigned: lambda event: (
        "lead.reassigned",
        event.owner,
        (event.left.rep_id,) if event.left else (),
    ),
    e.LeadQueued: lambda event: ("lead.queued", None, tuple(event.supervisor_ids)),
    e.LeadJoined: lambda event: ("lead.joined", event.owner, (event.submitter_id,) if event.submitter_id else ()),
    e.LeadFellSilent: lambda event: ("lead.fell_silent", event.owner, ()),
    e.LeadResponseOverdue: lambda event: ("lead.response_overdue", event.owner, ()),
    e.LeadFollowedUp: lambda event: ("lead.followed_up", event.owner, ()),
    e.LeadClosed: lambda event: ("lead.closed", event.owner, ()),
    e.LeadConverted: lambda event: ("lead.converted", event.owner, ()),
    e.LeadConversionUndone: lambda event: ("lead.conversion_undone", event.owner, ()),
    e.LeadQualified: lambda event: ("lead.qualified", event.owner, ()),
    e.LeadScoreJudged: lambda event: ("lead.score_judged", event.owner, ()),
    e.LeadOffered: lambda event: ("lead.offered", event.to, ()),
    e.LeadOfferDeclined: lambda event: ("lead.offer_declined", None, (event.rep_id,)),
    e.LeadOfferExpired: lambda event: ("lead.offer_expired", None, (event.rep_id,)),
    e.LeadPooled: lambda event: ("lead.pooled", event.left, ()),
    e.LeadUrgencyRaised: lambda event: ("lead.urgency_raised", event.owner, ()),
    e.LeadClockPaused: lambda event: ("lead.clock_paused", None, ()),  # noqa: ARG005 - one shape for all
    e.LeadClockResumed: lambda event: ("lead.clock_resumed", None, ()),  # noqa: ARG005
    e.LeadBehaviourRecognised: lambda event: ("lead.behaviour_recognised", event.owner, ()),
}


def _notice(event: LeadEvent, kind: str, owner: Owner | None, people: tuple[str, ...]) -> Notice:
    meant = [*people, _rep(owner), _supervisor(owner)]
    return Notice(
        kind=kind,
        resource=f"leads/{event.lead_id}",
        version=event.version,
        person_ids=[person for person in meant if person],
        team_ids=[owner.team_id] if owner and owner.team_id else [],
        references={"owner_id": _rep(owner)},
        occurred_at=timestamp_of(event.at),
    )


def _rep(owner: Owner | None) -> str:
    return owner.rep_id if owner else ""


def _supervisor(owner: Owner | None) -> str:
    return (owner.supervisor_id or "") if owner else ""
