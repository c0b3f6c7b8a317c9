"""SearchService: one search over all services."""

from __future__ import annotations

import grpc

from chassis.pages import size_of
from chassis.proto_values import number_of, word_of
from chassis.search_index import require_beginning
from gateway.application.search_everywhere import SearchEverywhere
from gateway.domain.search_hit import SearchHit, SearchKind
from matching.search_keys import beginning_of
from throughline.gateway.v1 import search_service_pb2 as pb
from throughline.gateway.v1.search_service_pb2_grpc import SearchServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class SearchServicer(SearchServiceServicer):
    """Parse, call, render."""

    def __init__(self, search: SearchEverywhere) -> None:
        self._search = search

    async def Search(self, request: pb.SearchRequest, context: Context) -> pb.SearchResponse:
        require_beginning(beginning_of(request.q), field="q")
        kinds = [SearchKind(word_of(pb.SearchKind, kind)) for kind in request.kinds]
        answer = await self._search(request.q, kinds, size_of(request, default=20))
        return pb.SearchResponse(
            hits=[_message(hit) for hit in answer.hits],
            unanswered=[number_of(pb.SearchKind, kind) for kind in answer.unanswered],
            forbidden=[number_of(pb.SearchKind, kind) for kind in answer.forbidden],
        )


def _message(hit: SearchHit) -> pb.SearchHit:
    thing = hit.thing
    return pb.SearchHit(
        kind=number_of(pb.SearchKind, thing.kind),
        resource=thing.resource,
        title=thing.title,
        subtitle=thing.subtitle,
        closeness=hit.closeness,
    )
