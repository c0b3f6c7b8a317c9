"""Customers merged and parted by the people of the sales site."""

from __future__ import annotations

from typing import Any

from throughline.collab.v1 import contact_service_pb2, customer_pb2
from throughline.collab.v1 import customer_merge_service_pb2 as pb

from .sales import REP, SalesSite

STAYS, GOES = "杭州恒昌信息技术有限公司", "恒昌信息（杭州）"


async def merge(
    sales: SalesSite, stays: customer_pb2.Customer, goes: customer_pb2.Customer, *, by: str = REP, **facts: Any
) -> pb.MergeCustomersResponse:
    request = pb.MergeCustomersRequest(
        survivor_id=stays.customer_id,
        version=stays.version,
        merged_id=goes.customer_id,
        merged_version=goes.version,
        reason="同一家公司",
        **facts,
    )
    answer: pb.MergeCustomersResponse = await sales.running.merges.MergeCustomers(request, metadata=sales.by(by))
    return answer


async def unmerge(sales: SalesSite, merge_id: str, *, by: str = REP) -> pb.UnmergeCustomersResponse:
    request = pb.UnmergeCustomersRequest(merge_id=merge_id, reason="并非同一家")
    answer: pb.UnmergeCustomersResponse = await sales.running.merges.UnmergeCustomers(request, metadata=sales.by(by))
    return answer


async def contacts(sales: SalesSite, customer_id: str) -> list[tuple[str, str, str]]:
    request = contact_service_pb2.ListContactsRequest(customer_id=customer_id)
    listed = await sales.running.contacts.ListContacts(request, metadata=sales.by(REP))
    return [(each.contact_id, each.customer_id, each.origin_customer_id) for each in listed.contacts]
