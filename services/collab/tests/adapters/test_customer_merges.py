"""Customers merged and un-merged (X-03): nothing is lost, and both come back as they were."""

from __future__ import annotations

import asyncio

from chassis.errors import Forbidden, Invalid, NotFound, Refused, Stale
from throughline.collab.v1 import customer_merge_service_pb2 as pb
from throughline.collab.v1 import customer_service_pb2 as customer_pb
from throughline.collab.v1 import events_pb2

from ..merging import GOES, STAYS, contacts, merge, unmerge
from ..running import refusal
from ..sales import AUDITOR, BOSS, COLLEAGUE, CREDIT_CODE, OTHER_REP, REP, SalesSite


async def names(sales: SalesSite, query: str = "") -> list[str]:
    if query:
        search = customer_pb.SearchCustomersRequest(query=query)
        found = await sales.running.customers.SearchCustomers(search, metadata=sales.by(REP))
        return [each.profile.name for each in found.customers]
    listed = await sales.running.customers.ListCustomers(customer_pb.ListCustomersRequest(), metadata=sales.by(REP))
    return [each.profile.name for each in listed.customers]


async def test_merged_customers_are_one_and_come_back_as_they_were(sales: SalesSite) -> None:
    stays, goes = await sales.customer(STAYS, city="杭州"), await sales.customer(GOES, credit_code=CREDIT_CODE)
    person = await sales.contact(goes.customer_id, phone="13490001234")
    goes = await sales.get(goes.customer_id)
    await sales.told()

    merged = await merge(sales, stays, goes)

    both = merged.survivor.profile
    assert (both.city, both.credit_code, list(both.short_names)) == ("杭州", CREDIT_CODE, [GOES])
    assert list(merged.merge.fields) == ["credit_code", "short_names"]
    assert await names(sales) == await names(sales, "恒昌信息") == [STAYS]
    assert await contacts(sales, stays.customer_id) == await contacts(sales, goes.customer_id)
    assert await contacts(sales, stays.customer_id) == [(person.contact_id, stays.customer_id, goes.customer_id)]
    old = await sales.running.customers.GetCustomer(
        customer_pb.GetCustomerRequest(customer_id=goes.customer_id), metadata=sales.by(REP)
    )
    assert (old.survivor_id, old.customer.merged_into) == (stays.customer_id, stays.customer_id)
    assert old.customer.profile == goes.profile
    told = dict(await sales.told())
    assert set(told) == {"CustomerMerged", "CustomerChanged"}
    fact = events_pb2.CustomerMerged.FromString(told["CustomerMerged"].payload)
    assert (fact.survivor_id, list(fact.contact_ids)) == (stays.customer_id, [person.contact_id])

    late = await sales.contact(stays.customer_id, "后来的人")
    parted = await unmerge(sales, merged.merge.merge_id)

    assert parted.survivor.profile == stays.profile
    assert parted.unmerged.profile == goes.profile
    assert sorted(await names(sales)) == sorted([STAYS, GOES])
    assert await contacts(sales, stays.customer_id) == [(late.contact_id, stays.customer_id, stays.customer_id)]
    assert await contacts(sales, goes.customer_id) == [(person.contact_id, goes.customer_id, goes.customer_id)]
    assert "CustomerUnmerged" in dict(await sales.told())
    listed = await sales.running.merges.ListMerges(
        pb.ListMergesRequest(customer_id=goes.customer_id), metadata=sales.by(REP)
    )
    assert [each.merge_id for each in listed.merges] == [merged.merge.merge_id]
    listed = await sales.running.merges.ListMerges(
        pb.ListMergesRequest(customer_id=stays.customer_id), metadata=sales.by(REP)
    )
    assert [(each.reason, each.undo_reason) for each in listed.merges] == [("同一家公司", "并非同一家")]


async def test_what_was_said_of_a_merged_customer_leads_to_its_survivor(sales: SalesSite) -> None:
    stays, goes = await sales.customer(STAYS), await sales.customer("宁波海曙口腔门诊部", credit_code=CREDIT_CODE)
    choices = [pb.FieldChoice(field="credit_code", side=pb.MERGE_SIDE_SURVIVOR)]

    await merge(sales, stays, goes, choices=choices)

    found = await sales.running.customers.FindCustomerMatches(
        customer_pb.FindCustomerMatchesRequest(credit_code=CREDIT_CODE), metadata=sales.by(REP)
    )
    assert found.joined.customer_id == stays.customer_id
    refused = await refusal(sales.create("又一家", credit_code=CREDIT_CODE))
    assert refused.metadata["id"] == stays.customer_id


async def test_a_preview_shows_each_field_and_what_speaks_against_it(sales: SalesSite) -> None:
    stays, goes = await sales.customer(STAYS, kind="enterprise", grade="A"), await sales.customer(GOES, kind="clinic")
    request = pb.PreviewMergeRequest(
        survivor_id=stays.customer_id,
        merged_id=goes.customer_id,
        choices=[pb.FieldChoice(field="kind", side=pb.MERGE_SIDE_MERGED)],
    )

    preview = await sales.running.merges.PreviewMerge(request, metadata=sales.by(REP))

    compared = {each.field: (each.survivor, each.merged, each.result) for each in preview.fields}
    assert compared["kind"] == ("enterprise", "clinic", "clinic")
    assert compared["grade"] == ("A", "", "A")
    assert compared["name"] == (STAYS, GOES, STAYS)
    assert list(preview.warnings) == ["KINDS_DIFFER"]
    assert preview.merged_version == goes.version
    assert await sales.get(stays.customer_id) == stays

    request.choices.extend(
        [
            pb.FieldChoice(field="beds", side=pb.MERGE_SIDE_MERGED),
            pb.FieldChoice(field="grade", side=pb.MERGE_SIDE_BOTH),
        ]
    )
    refused = await refusal(sales.running.merges.PreviewMerge(request, metadata=sales.by(REP)))
    assert isinstance(refused, Invalid)
    assert [violation.reason for violation in refused.violations] == ["field.unknown", "side.not_for_this_field"]


async def test_of_two_merges_of_a_customer_at_the_same_instant_one_wins(sales: SalesSite) -> None:
    first, second = await sales.customer(STAYS), await sales.customer(GOES)

    results = await asyncio.gather(merge(sales, first, second), merge(sales, second, first), return_exceptions=True)

    assert len([each for each in results if isinstance(each, pb.MergeCustomersResponse)]) == 1


async def test_a_merged_customer_is_not_changed_nor_merged_again(sales: SalesSite) -> None:
    stays, goes, third = await sales.customer(STAYS), await sales.customer(GOES), await sales.customer("第三家公司")
    merged = await merge(sales, stays, goes)
    old = await sales.get(goes.customer_id)

    changed = await refusal(sales.update(old, city="杭州"))
    again = await refusal(merge(sales, third, old))
    circle = await refusal(merge(sales, old, merged.survivor))
    stale = await refusal(merge(sales, third, stays))
    await unmerge(sales, merged.merge.merge_id)
    undone = await refusal(unmerge(sales, merged.merge.merge_id))

    assert all(isinstance(error, Refused) for error in (changed, again, circle, undone))
    assert changed.metadata["merged_into"] == stays.customer_id
    assert isinstance(stale, Stale)
    assert undone.reason == "CUSTOMER_MERGE_UNDONE"


async def test_merges_are_taken_back_in_any_order_along_a_chain(sales: SalesSite) -> None:
    top, middle = await sales.customer(STAYS), await sales.customer(GOES)
    low = await sales.customer("宁波海曙口腔门诊部", credit_code=CREDIT_CODE, region="浙江")
    person = await sales.contact(low.customer_id)
    low = await sales.get(low.customer_id)
    first = await merge(sales, middle, low)
    second = await merge(sales, top, first.survivor)
    assert second.survivor.profile.credit_code == CREDIT_CODE
    assert await contacts(sales, top.customer_id) == [(person.contact_id, top.customer_id, low.customer_id)]

    await unmerge(sales, first.merge.merge_id)

    assert (await sales.get(top.customer_id)).profile.credit_code == ""
    assert (await sales.get(low.customer_id)).profile == low.profile
    assert await contacts(sales, low.customer_id) == [(person.contact_id, low.customer_id, low.customer_id)]

    await unmerge(sales, second.merge.merge_id)

    for before in (top, middle, low):
        assert (await sales.get(before.customer_id)).profile == before.profile


async def test_only_who_may_merge_both_merges_and_the_survivors_people_see_the_other(sales: SalesSite) -> None:
    stays, goes, foreign = (
        await sales.customer(STAYS),
        await sales.customer(GOES, by=COLLEAGUE),
        await sales.customer("武汉江岸骨科医院", by=OTHER_REP),
    )

    assert isinstance(await refusal(merge(sales, stays, goes)), NotFound)
    assert isinstance(await refusal(merge(sales, stays, foreign, by=BOSS)), NotFound)
    assert isinstance(await refusal(merge(sales, stays, goes, by=AUDITOR)), Forbidden)
    merged = await merge(sales, stays, goes, by=BOSS)
    assert (await sales.get(goes.customer_id, by=REP)).merged_into == stays.customer_id
    assert isinstance(await refusal(unmerge(sales, merged.merge.merge_id, by=OTHER_REP)), NotFound)
