"""TimelineService: what happened to a customer."""

import grpc

from chassis.errors import Invalid, Violation
from chassis.pages import cursor_of, size_of, token_after
from chassis.proto_values import moment_of, timestamp_of
from collab.application.find_timeline import TimelineFinder
from collab.domain.ids import CustomerId
from collab.domain.timeline import TimelineEntry, TimelineFilter
from throughline.collab.v1 import timeline_service_pb2 as pb
from throughline.collab.v1.timeline_service_pb2_grpc import TimelineServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class TimelineServicer(TimelineServiceServicer):
    """Parse, call, render."""

    def __init__(self, find: TimelineFinder) -> None:
        self._find = find

    async def ListTimeline(self, request: pb.ListTimelineRequest, context: Context) -> pb.ListTimelineResponse:
        size = size_of(request)
        customer_id = CustomerId(request.customer_id.lower())
        found = await self._find.page(customer_id, _filter(request), cursor_of(request), size + 1)
        page = found.entries[:size]
        token = ""
        if len(found.entries) > size:
            token = token_after(request, key=(page[-1].occurred_at.isoformat(),), id=page[-1].id)
        entries = [_message(entry) for entry in page]
        return pb.ListTimelineResponse(entries=entries, next_page_token=token, survivor_id=found.survivor_id)


def _filter(request: pb.ListTimelineRequest) -> TimelineFilter:
    since = moment_of(request.since) if request.HasField("since") else None
    until = moment_of(request.until) if request.HasField("until") else None
    if since and until and until <= since:
        raise Invalid([Violation("until", "span.order", "must lie after since")])
    return TimelineFilter(tuple(request.kinds), tuple(request.departments), since, until)


def _message(entry: TimelineEntry) -> pb.TimelineEntry:
    return pb.TimelineEntry(
        entry_id=entry.id,
        customer_id=entry.customer_id or "",
        kind=entry.kind,
        occurred_at=timestamp_of(entry.occurred_at),
        recorded_at=timestamp_of(entry.recorded_at),
        actor=entry.actor,
        person_id=entry.person_id or "",
        department=entry.place.department,
        roles=entry.place.roles,
        resource=entry.resource,
        references=entry.references,
        facts=entry.facts,
    )
