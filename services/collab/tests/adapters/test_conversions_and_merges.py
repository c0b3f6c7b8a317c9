"""A conversion whose customer is merged or parted meanwhile: what it makes goes along, and is taken back there."""

from __future__ import annotations

from typing import Any

from chassis.ids import new_id
from throughline.collab.v1 import contact_service_pb2, customer_pb2
from throughline.collab.v1 import converted_customer_service_pb2 as pb

from ..merging import GOES, STAYS, contacts, merge, unmerge
from ..running import refusal
from ..sales import COLLEAGUE, REP, SalesSite

PHONES = ("13490001234", "13490005678")


async def keep_customer(sales: SalesSite) -> str:
    request = pb.KeepConvertedCustomerRequest(
        customer_id=new_id(), profile=customer_pb2.CustomerProfile(name=GOES), owner_id=sales.ids[REP]
    )
    answer = await sales.running.converted.KeepConvertedCustomer(request, metadata=sales.site.by_service)
    return str(answer.customer_id)


async def keep_contact(sales: SalesSite, customer_id: str, phone: str = "13490001234") -> str:
    profile = customer_pb2.ContactProfile(name="王强", phone=phone)
    request = pb.KeepConvertedContactRequest(customer_id=customer_id, contact_id=new_id(), profile=profile)
    answer = await sales.running.converted.KeepConvertedContact(request, metadata=sales.site.by_service)
    return str(answer.contact_id)


async def take_back(sales: SalesSite, customer_id: str, contact_id: str, **fields: Any) -> list[str]:
    request = pb.TakeBackConvertedCustomerRequest(customer_id=customer_id, contact_id=contact_id, **fields)
    answer = await sales.running.converted.TakeBackConvertedCustomer(request, metadata=sales.site.by_service)
    return list(answer.added)


async def test_a_contact_for_a_customer_merged_meanwhile_stands_with_the_survivor_and_leaves_with_its_own(
    sales: SalesSite,
) -> None:
    stays, goes = await sales.customer(STAYS), await sales.customer(GOES)
    known = await sales.contact(stays.customer_id, phone="13490005678")
    stays = await sales.get(stays.customer_id)
    merged = await merge(sales, stays, goes)

    made = await keep_contact(sales, goes.customer_id)
    same = await keep_contact(sales, goes.customer_id, phone="13490005678")

    assert same == known.contact_id
    assert await contacts(sales, stays.customer_id) == [
        (known.contact_id, stays.customer_id, stays.customer_id),
        (made, stays.customer_id, goes.customer_id),
    ]
    await unmerge(sales, merged.merge.merge_id)
    assert await contacts(sales, goes.customer_id) == [(made, goes.customer_id, goes.customer_id)]
    assert await take_back(sales, goes.customer_id, made) == []
    assert await contacts(sales, goes.customer_id) == []


async def test_a_contact_for_a_survivor_that_is_archived_is_refused(sales: SalesSite) -> None:
    stays, goes = await sales.customer(STAYS), await sales.customer(GOES)
    merged = await merge(sales, stays, goes)
    await sales.archive(merged.survivor)

    refused = await refusal(keep_contact(sales, goes.customer_id))

    assert (refused.reason, refused.metadata["customer_id"]) == ("CUSTOMER_ARCHIVED", stays.customer_id)


async def test_a_conversion_that_joined_a_customer_is_taken_back_although_that_was_merged_since(
    sales: SalesSite,
) -> None:
    stays, goes = await sales.customer(STAYS), await sales.customer(GOES)
    made, changed = [await keep_contact(sales, goes.customer_id, phone) for phone in PHONES]
    goes = await sales.get(goes.customer_id)
    await merge(sales, stays, goes)
    edit = contact_service_pb2.UpdateContactRequest(
        contact_id=changed, version=2, profile=customer_pb2.ContactProfile(post="主任")
    )
    edit.update_mask.paths.append("post")
    await sales.running.contacts.UpdateContact(edit, metadata=sales.by(REP))

    assert await take_back(sales, goes.customer_id, made) == []
    assert await take_back(sales, goes.customer_id, changed) == ["contact.changed"]

    assert [one for one, _, _ in await contacts(sales, stays.customer_id)] == [changed]
    assert not (await sales.get(stays.customer_id)).is_archived


async def test_a_customer_that_a_conversion_made_is_held_by_a_merge_and_free_again_after_it(sales: SalesSite) -> None:
    stays, customer_id = await sales.customer(STAYS), await keep_customer(sales)
    merged = await merge(sales, stays, await sales.get(customer_id))
    made = await keep_contact(sales, customer_id)

    assert await take_back(sales, customer_id, made, customer_version=2) == ["customer.merged"]
    assert not (await sales.get(customer_id)).is_archived

    await unmerge(sales, merged.merge.merge_id)
    assert await take_back(sales, customer_id, made, customer_version=2) == []
    assert (await sales.get(customer_id)).is_archived
    assert not (await sales.get(stays.customer_id)).is_archived


async def test_a_contact_that_a_merge_has_moved_is_found_by_those_who_see_the_survivor(sales: SalesSite) -> None:
    stays, goes = await sales.customer(STAYS, by=COLLEAGUE), await sales.customer(GOES)
    person = await sales.contact(goes.customer_id, phone="13490001234")
    goes = await sales.get(goes.customer_id)

    async def found(by: str) -> list[str]:
        request = contact_service_pb2.SearchContactsRequest(query="13490001234")
        answer = await sales.running.contacts.SearchContacts(request, metadata=sales.by(by))
        return [each.contact.contact_id for each in answer.contacts]

    merged = await merge(sales, stays, goes, by="wang.fang")

    assert (await found(REP), await found(COLLEAGUE)) == ([], [person.contact_id])
    await unmerge(sales, merged.merge.merge_id, by="wang.fang")
    assert (await found(REP), await found(COLLEAGUE)) == ([person.contact_id], [])
