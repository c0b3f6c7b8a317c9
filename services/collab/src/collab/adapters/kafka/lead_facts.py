"""Reads what is told of leads: as news for people, and as far as it decides how people are notified."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.ids import PersonId
from chassis.proto_values import moment_of, word_of
from chassis.subscription import Handler
from collab.application.follow_leads import LeadFollower
from collab.application.tell_lead_news import TellLeadNewsHandler
from collab.domain.ids import EventId, LeadId
from collab.domain.lead_news import LeadNews, NewsKind
from throughline.lead_router.v1 import events_pb2 as pb
from throughline.lead_router.v1 import lead_pb2
from throughline.pipeline.v1 import events_pb2 as pipeline_pb


def lead_fact_handlers(tell: TellLeadNewsHandler, follower: LeadFollower) -> Mapping[type[Message], Handler]:
    """One handler per kind of fact that matters to people."""
    return {
        **{kind: _telling(news, tell) for kind, news in _NEWS.items()},
        pb.LeadReceived: _when_urgent(follower.note_urgent),
        pb.LeadFollowedUp: _about(follower.note_acted_on),
        pb.LeadConverted: _about(follower.note_acted_on),  # and not as ended: a conversion may be taken back
        pb.LeadClosed: _about(follower.note_ended),
        pb.LeadRejected: _about(follower.note_ended),
    }


def _telling(news: Callable[[Event[Any]], LeadNews], tell: TellLeadNewsHandler) -> Handler:
    async def handle(event: Event[Any]) -> None:
        await tell(news(event))

    return handle


def _about(act: Callable[[LeadId], Awaitable[None]]) -> Handler:
    async def handle(event: Event[Any]) -> None:
        await act(LeadId(event.message.lead_id))

    return handle


def _when_urgent(act: Callable[[LeadId], Awaitable[None]]) -> Handler:
    async def handle(event: Event[pb.LeadReceived]) -> None:
        if event.message.is_urgent:
            await act(LeadId(event.message.lead_id))

    return handle


def _assigned(event: Event[pb.LeadAssigned]) -> LeadNews:
    fact = event.message
    due_at = moment_of(fact.follow_up_due_at) if fact.HasField("follow_up_due_at") else None
    return _news(NewsKind.ASSIGNED, event, owner=fact.owner_id, due_at=due_at, is_urgent=fact.is_urgent or None)


def _reassigned(event: Event[pb.LeadReassigned]) -> LeadNews:
    fact = event.message
    due_at = moment_of(fact.follow_up_due_at) if fact.HasField("follow_up_due_at") else None
    return _news(NewsKind.REASSIGNED, event, owner=fact.owner_id, former_owner=fact.from_owner_id, due_at=due_at)


def _queued(event: Event[pb.LeadQueued]) -> LeadNews:
    reason = word_of(lead_pb2.WaitingReason, event.message.reason)
    return _news(NewsKind.QUEUED, event, supervisors=event.message.supervisor_ids, reason=reason)


def _joined(event: Event[pb.LeadJoined]) -> LeadNews:
    return _news(NewsKind.JOINED, event, owner=event.message.owner_id, submitter=event.message.submitter_id)


def _response_overdue(event: Event[pb.LeadResponseOverdue]) -> LeadNews:
    fact = event.message
    return _news(
        NewsKind.RESPONSE_OVERDUE,
        event,
        owner=fact.owner_id,
        supervisors=[fact.supervisor_id],
        due_at=moment_of(fact.due_at),
        is_response_alarm=True,
    )


def _fell_silent(event: Event[pb.LeadFellSilent]) -> LeadNews:
    fact = event.message
    return _news(
        NewsKind.FELL_SILENT,
        event,
        owner=fact.owner_id,
        supervisors=[fact.supervisor_id],
        due_at=moment_of(fact.due_at),
    )


def _alarm_withdrawn(event: Event[pb.LeadAlarmWithdrawn]) -> LeadNews:
    fact = event.message
    return _news(
        NewsKind.ALARM_WITHDRAWN,
        event,
        owner=fact.owner_id,
        supervisors=[fact.supervisor_id],
        is_response_alarm=not fact.is_follow_up_alarm,
    )


def _urgency_raised(event: Event[pb.LeadUrgencyRaised]) -> LeadNews:
    return _news(NewsKind.URGENCY_RAISED, event, owner=event.message.owner_id, is_urgent=True)


def _summary_overdue(event: Event[pipeline_pb.FirstContactSummaryOverdue]) -> LeadNews:
    fact = event.message
    return _news(NewsKind.SUMMARY_OVERDUE, event, owner=fact.person_id, due_at=moment_of(fact.due_at))


def _offered(event: Event[pb.LeadOffered]) -> LeadNews:
    return _news(NewsKind.OFFERED, event, owner=event.message.rep_id, due_at=moment_of(event.message.expires_at))


_NEWS: Mapping[type[Message], Callable[[Event[Any]], LeadNews]] = {
    pb.LeadAssigned: _assigned,
    pb.LeadReassigned: _reassigned,
    pb.LeadQueued: _queued,
    pb.LeadJoined: _joined,
    pb.LeadResponseOverdue: _response_overdue,
    pb.LeadFellSilent: _fell_silent,
    pb.LeadAlarmWithdrawn: _alarm_withdrawn,
    pipeline_pb.FirstContactSummaryOverdue: _summary_overdue,
    pb.LeadOffered: _offered,
    pb.LeadUrgencyRaised: _urgency_raised,
}


def _news(
    kind: NewsKind,
    event: Event[Any],
    *,
    owner: str = "",
    former_owner: str = "",
    supervisors: Any = (),
    submitter: str = "",
    due_at: datetime | None = None,
    reason: str = "",
    is_response_alarm: bool = False,
    is_urgent: bool | None = None,
) -> LeadNews:
    return LeadNews(
        kind,
        EventId(event.id),
        LeadId(event.message.lead_id),
        event.occurred_at,
        owner_id=_person(owner),
        former_owner_id=_person(former_owner),
        supervisor_ids=tuple(PersonId(each) for each in supervisors if each),
        submitter_id=_person(submitter),
        due_at=due_at,
        reason=reason,
        is_response_alarm=is_response_alarm,
        is_urgent=is_urgent,
    )


def _person(text: str) -> PersonId | None:
    return PersonId(text) if text else None
