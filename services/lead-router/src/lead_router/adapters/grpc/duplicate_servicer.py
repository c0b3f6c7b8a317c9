"""DuplicateService: pairs of leads that may be one customer."""

import grpc

from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from chassis.proto_values import number_of, timestamp_of
from lead_router.application.duplicate_ports import DuplicateFilter, DuplicatePair
from lead_router.application.judge_duplicates import DismissDuplicate, DuplicateJudge
from lead_router.application.stored_lead import StoredLead
from lead_router.domain.ids import DuplicateId, LeadId
from lead_router.domain.lead_duplicate import DuplicateState
from throughline.lead_router.v1 import duplicate_service_pb2 as pb
from throughline.lead_router.v1 import lead_pb2
from throughline.lead_router.v1.duplicate_service_pb2_grpc import DuplicateServiceServicer

Context = grpc.aio.ServicerContext[object, object]

_STATES = {number_of(pb.DuplicateState, state.value): state for state in DuplicateState}


class DuplicateServicer(DuplicateServiceServicer):
    """Parse, call, render."""

    def __init__(self, judge: DuplicateJudge) -> None:
        self._judge = judge

    async def ListDuplicates(self, request: pb.ListDuplicatesRequest, context: Context) -> pb.ListDuplicatesResponse:
        size = size_of(request)
        wanted = DuplicateFilter(LeadId(request.lead_id) if request.lead_id else None, _STATES.get(request.state))
        found = await self._judge.page(wanted, cursor_of(request), size + 1)
        page = found[:size]
        token = token_after(request, key=(), id=page[-1].duplicate.id) if len(found) > size else ""
        return pb.ListDuplicatesResponse(duplicates=[_message(pair) for pair in page], next_page_token=token)

    async def DismissDuplicate(
        self, request: pb.DismissDuplicateRequest, context: Context
    ) -> pb.DismissDuplicateResponse:
        command = DismissDuplicate(DuplicateId(request.duplicate_id), request.reason)
        return await answered(self._judge.dismiss(command), _dismissed)


def _dismissed(pair: DuplicatePair) -> pb.DismissDuplicateResponse:
    return pb.DismissDuplicateResponse(duplicate=_message(pair))


def _message(pair: DuplicatePair) -> pb.LeadDuplicate:
    duplicate, finding = pair.duplicate, pair.duplicate.finding
    return pb.LeadDuplicate(
        duplicate_id=duplicate.id,
        state=number_of(pb.DuplicateState, duplicate.state.value),
        lead=_lead(pair.lead),
        other=_lead(pair.other),
        points=finding.points,
        is_shown=duplicate.is_shown,
        reasons=[pb.DuplicateReason(code=code, points=points) for code, points in finding.reasons],
        stopped_by=finding.stopped_by,
        links=finding.links,
        points_version=finding.points_version,
        suspected_at=timestamp_of(duplicate.suspected_at),
        settled_at=timestamp_of(duplicate.settled_at) if duplicate.settled_at else None,
        settled_by=duplicate.settled_by or "",
    )


def _lead(stored: StoredLead) -> pb.DuplicateLead:
    lead, standing = stored.lead, stored.lead.standing
    last = lead.clocks.last_follow_up_at
    return pb.DuplicateLead(
        lead_id=lead.id,
        company=lead.details.identity.company,
        state=number_of(lead_pb2.LeadState, lead.state.value),
        owner_id=lead.owner.rep_id if lead.owner else "",
        team_id=lead.owner.team_id if lead.owner else "",
        received_at=timestamp_of(lead.received_at),
        assigned_at=timestamp_of(standing.assigned_at) if standing.assigned_at else None,
        last_follow_up_at=timestamp_of(last) if last else None,
    )
