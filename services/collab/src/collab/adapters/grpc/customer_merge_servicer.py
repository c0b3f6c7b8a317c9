"""CustomerMergeService: two customers made one, and one made two again."""

import grpc

from chassis.idempotency import answered
from chassis.pages import cursor_of, size_of, token_after
from collab.adapters.grpc import customer_merge_mapping as mapping
from collab.application.find_merges import MergeFinder
from collab.application.merge_customers import CustomerMerger
from collab.application.unmerge_customers import UnmergeCustomersHandler
from collab.domain.ids import CustomerId, MergeId
from throughline.collab.v1 import customer_merge_service_pb2 as pb
from throughline.collab.v1.customer_merge_service_pb2_grpc import CustomerMergeServiceServicer

Context = grpc.aio.ServicerContext[object, object]


class CustomerMergeServicer(CustomerMergeServiceServicer):
    """Parse, call, render."""

    def __init__(self, merger: CustomerMerger, unmerge: UnmergeCustomersHandler, find: MergeFinder) -> None:
        self._merger = merger
        self._unmerge = unmerge
        self._find = find

    async def PreviewMerge(self, request: pb.PreviewMergeRequest, context: Context) -> pb.PreviewMergeResponse:
        asked = mapping.preview_asked(request)
        return mapping.preview_message(await self._merger.preview(asked.survivor_id, asked.merged_id, asked.choices))

    async def MergeCustomers(self, request: pb.MergeCustomersRequest, context: Context) -> pb.MergeCustomersResponse:
        return await answered(self._merger.merge(mapping.merge_customers(request)), mapping.merged)

    async def UnmergeCustomers(
        self, request: pb.UnmergeCustomersRequest, context: Context
    ) -> pb.UnmergeCustomersResponse:
        return await answered(self._unmerge(MergeId(request.merge_id.lower()), request.reason), mapping.unmerged)

    async def ListMerges(self, request: pb.ListMergesRequest, context: Context) -> pb.ListMergesResponse:
        size = size_of(request)
        found = await self._find.page(CustomerId(request.customer_id.lower()), cursor_of(request), size + 1)
        page = found[:size]
        token = token_after(request, key=(page[-1].merged_at.isoformat(),), id=page[-1].id) if len(found) > size else ""
        return pb.ListMergesResponse(merges=[mapping.merge_message(each) for each in page], next_page_token=token)
