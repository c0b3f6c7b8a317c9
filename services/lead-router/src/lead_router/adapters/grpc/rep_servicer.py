"""RepService: what routing knows of each rep."""

import grpc

from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from lead_router.adapters.grpc import rep_mapping as mapping
from lead_router.application.find_reps import RepFinder
from lead_router.application.keep_reps import RankedRep, RepKeeper
from lead_router.domain.ids import RepId
from throughline.lead_router.v1 import rep_service_pb2 as pb
from throughline.lead_router.v1.rep_service_pb2_grpc import RepServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class RepServicer(RepServiceServicer):
    """Parse, call, render."""

    def __init__(self, keeper: RepKeeper, find: RepFinder) -> None:
        self._keeper = keeper
        self._find = find

    async def PutRepProfile(self, request: pb.PutRepProfileRequest, context: Context) -> pb.PutRepProfileResponse:
        done = self._keeper.put_profile(mapping.put_rep_profile(request))
        return await answered(done, lambda rep: pb.PutRepProfileResponse(rep=mapping.rep_message(rep)))

    async def GetRep(self, request: pb.GetRepRequest, context: Context) -> pb.GetRepResponse:
        return pb.GetRepResponse(rep=mapping.rep_message(await self._find.get(RepId(request.rep_id))))

    async def ListReps(self, request: pb.ListRepsRequest, context: Context) -> pb.ListRepsResponse:
        size = size_of(request)
        cursor = cursor_of(request)
        found = await self._find.page(request.team_id, cursor.id if cursor else "", size + 1)
        page = found[:size]
        token = token_after(request, key=(), id=page[-1].rep.id) if len(found) > size else ""
        return pb.ListRepsResponse(reps=[mapping.rep_message(ranked) for ranked in page], next_page_token=token)

    async def PauseRep(self, request: pb.PauseRepRequest, context: Context) -> pb.PauseRepResponse:
        return await answered(self._keeper.pause(mapping.pause_rep(request)), _paused)

    async def ResumeRep(self, request: pb.ResumeRepRequest, context: Context) -> pb.ResumeRepResponse:
        return await answered(self._keeper.resume(mapping.resume_rep(request)), _resumed)


def _paused(ranked: RankedRep) -> pb.PauseRepResponse:
    return pb.PauseRepResponse(rep=mapping.rep_message(ranked))


def _resumed(ranked: RankedRep) -> pb.ResumeRepResponse:
    return pb.ResumeRepResponse(rep=mapping.rep_message(ranked))
