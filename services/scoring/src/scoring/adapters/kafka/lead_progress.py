"""What each kind of event tells of a lead's way through the funnel."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.ids import PersonId, TeamId
from chassis.proto_values import moment_of, word_of
from scoring.domain.ids import LeadId, SubmissionId
from scoring.domain.lead_progress import (
    Alarm,
    AlarmKind,
    Conversion,
    ConversionKind,
    JoinedSubmission,
    LeadProgress,
    Ownership,
    Step,
    UndoneJoin,
)
from throughline.lead_router.v1 import events_pb2 as lead_events
from throughline.lead_router.v1 import lead_pb2
from throughline.pipeline.v1 import events_pb2 as pipeline_events

NOBODY = Ownership(None, None)


def told_of_lead(event: Event[Any]) -> LeadProgress | None:
    """What the event tells of a lead; None where it tells the funnel nothing."""
    tell = _TELLERS.get(type(event.message))
    return tell(event) if tell else None


def _received(event: Event[lead_events.LeadReceived]) -> LeadProgress:
    fact = event.message
    told = _progress(event, source=fact.source, reached={Step.RECEIVED: _moment(event, "received_at")})
    return _with_profile(told, fact)


def _joined(event: Event[lead_events.LeadJoined]) -> LeadProgress:
    fact = event.message
    submission = JoinedSubmission(SubmissionId(fact.submission_id), fact.source, event.occurred_at)
    return _progress(event, joined=submission)


def _join_undone(event: Event[lead_events.LeadJoinUndone]) -> LeadProgress:
    fact = event.message
    return _progress(event, joined=UndoneJoin(SubmissionId(fact.submission_id), fact.source))


def _assigned(event: Event[lead_events.LeadAssigned | lead_events.LeadReassigned]) -> LeadProgress:
    fact = event.message
    owner = _ownership(fact.owner_id, fact.team_id)
    return _progress(event, reached={Step.ASSIGNED: event.occurred_at}, ownership=owner)


def _left_alone(
    event: Event[lead_events.LeadQueued | lead_events.LeadRejected | lead_events.LeadPooled],
) -> LeadProgress:
    return _progress(event, ownership=NOBODY)


def _silent(event: Event[lead_events.LeadFellSilent]) -> LeadProgress:
    return _progress(event, alarm=Alarm(AlarmKind.SILENT, _moment(event, "due_at")))


def _withdrawn(event: Event[lead_events.LeadAlarmWithdrawn]) -> LeadProgress | None:
    if not event.message.is_follow_up_alarm:
        return None
    return _progress(event, alarm=Alarm(AlarmKind.WITHDRAWN, _moment(event, "followed_up_at")))


def _followed_up(event: Event[lead_events.LeadFollowedUp]) -> LeadProgress:
    return _progress(event, reached={Step.FOLLOWED_UP: _moment(event, "followed_up_at")})


def _closed(event: Event[lead_events.LeadClosed]) -> LeadProgress:
    fact = event.message
    owner = _ownership(fact.owner_id, fact.team_id)
    return _progress(event, reached={Step.CLOSED: event.occurred_at}, ownership=owner)


def _converted(event: Event[lead_events.LeadConverted]) -> LeadProgress:
    fact = event.message
    owner = _ownership(fact.owner_id, fact.team_id)
    return _progress(event, ownership=owner, conversion=Conversion(ConversionKind.CONVERTED, event.occurred_at))


def _conversion_undone(event: Event[lead_events.LeadConversionUndone]) -> LeadProgress:
    fact = event.message
    owner = _ownership(fact.owner_id, fact.team_id)
    return _progress(event, ownership=owner, conversion=Conversion(ConversionKind.UNDONE, event.occurred_at))


def _recorded(event: Event[pipeline_events.FollowUpRecorded]) -> LeadProgress | None:
    """The same follow-up that the router tells of as `LeadFollowedUp`; whoever tells first is believed.

    A customer's follow-up tells the funnel nothing.
    """
    fact = event.message
    if not fact.lead_id:
        return None
    return _progress(event, reached={Step.FOLLOWED_UP: _moment(event, "occurred_at")})


def _snapshot(event: Event[lead_events.LeadSnapshot]) -> LeadProgress:
    """As much as the present state shows of the way there.

    A silence that has ended and the assignment of a lead that waits again cannot be seen any more; and all of it counts
    as known only since the snapshot was recorded. A rejected lead shows nothing: whether it had been received or joined
    before its import was undone, its state does not say.
    """
    fact = event.message
    state = word_of(lead_pb2.LeadState, fact.state)
    if state == "merged" and fact.merged_into:
        submission = JoinedSubmission(SubmissionId(fact.lead_id), fact.source, _moment(event, "received_at"))
        return LeadProgress(LeadId(fact.merged_into), event.aggregate_version, event.recorded_at, joined=submission)
    if state == "rejected":
        return _progress(event, ownership=NOBODY)
    reached = {Step.RECEIVED: _moment(event, "received_at")}
    if fact.owner_id:
        reached[Step.ASSIGNED] = _moment(event, "assigned_at")
    if fact.HasField("first_touched_at"):
        reached[Step.FOLLOWED_UP] = _moment(event, "first_touched_at")
    if state == Step.CLOSED:
        reached[Step.CLOSED] = event.occurred_at
    is_converted = state == ConversionKind.CONVERTED
    conversion = Conversion(ConversionKind.CONVERTED, event.occurred_at) if is_converted else None
    silence = Alarm(AlarmKind.SILENT, event.occurred_at) if fact.to_be_activated else None
    owner = _ownership(fact.owner_id, fact.team_id)
    progress = _progress(
        event, source=fact.source, reached=reached, ownership=owner, alarm=silence, conversion=conversion
    )
    return _with_profile(progress, fact)


def _progress(
    event: Event[Any],
    *,
    source: str | None = None,
    reached: Mapping[Step, datetime] | None = None,
    ownership: Ownership | None = None,
    alarm: Alarm | None = None,
    joined: JoinedSubmission | UndoneJoin | None = None,
    conversion: Conversion | None = None,
) -> LeadProgress:
    return LeadProgress(
        LeadId(event.message.lead_id),
        event.aggregate_version,
        event.recorded_at,
        source=source or None,
        reached=reached or {},
        ownership=ownership,
        alarm=alarm,
        joined=joined,
        conversion=conversion,
    )


def _with_profile(told: LeadProgress, fact: lead_events.LeadReceived | lead_events.LeadSnapshot) -> LeadProgress:
    return replace(
        told,
        product_line=fact.product_line or None,
        region=fact.region or None,
        industry=fact.industry or None,
    )


def _moment(event: Event[Any], name: str) -> datetime:
    """A time that the message tells; when the event occurred where it tells none."""
    message = event.message
    return moment_of(getattr(message, name)) if message.HasField(name) else event.occurred_at


def _ownership(owner_id: str, team_id: str) -> Ownership:
    return Ownership(PersonId(owner_id) if owner_id else None, TeamId(team_id) if team_id else None)


_TELLERS: Mapping[type[Message], Callable[[Event[Any]], LeadProgress | None]] = {
    lead_events.LeadReceived: _received,
    lead_events.LeadJoined: _joined,
    lead_events.LeadJoinUndone: _join_undone,
    lead_events.LeadAssigned: _assigned,
    lead_events.LeadReassigned: _assigned,
    lead_events.LeadQueued: _left_alone,
    lead_events.LeadRejected: _left_alone,
    lead_events.LeadPooled: _left_alone,
    lead_events.LeadFellSilent: _silent,
    lead_events.LeadAlarmWithdrawn: _withdrawn,
    lead_events.LeadFollowedUp: _followed_up,
    lead_events.LeadClosed: _closed,
    lead_events.LeadConverted: _converted,
    lead_events.LeadConversionUndone: _conversion_undone,
    lead_events.LeadSnapshot: _snapshot,
    pipeline_events.FollowUpRecorded: _recorded,
}
