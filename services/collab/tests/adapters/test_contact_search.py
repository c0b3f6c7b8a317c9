from __future__ import annotations

import pytest

from throughline.collab.v1 import contact_service_pb2 as pb

from ..sales import AUDITOR, BOSS, DIRECTOR, LAWYER, OTHER_REP, REP, SalesSite


async def found(sales: SalesSite, query: str, *, by: str = REP) -> list[str]:
    answer = await sales.running.contacts.SearchContacts(pb.SearchContactsRequest(query=query), metadata=sales.by(by))
    return [f"{each.contact.profile.name} {each.customer_name}" for each in answer.contacts]


@pytest.mark.parametrize("query", ["张伟", "伟", "zhangwei", "ZW", "1349000", "+86 134", "1234"])
async def test_a_contact_is_found_by_its_name_its_sound_or_its_phone(sales: SalesSite, query: str) -> None:
    customer = await sales.customer("武汉江岸骨科医院")
    await sales.contact(customer.customer_id, "张伟", phone="13490001234")
    await sales.contact(customer.customer_id, "李强")

    assert await found(sales, query) == ["张伟 武汉江岸骨科医院"]


async def test_only_those_find_a_contact_who_see_its_name_in_clear(sales: SalesSite) -> None:
    customer = await sales.customer("武汉江岸骨科医院")
    contact = await sales.contact(customer.customer_id, "张伟")
    everybody = (REP, BOSS, DIRECTOR, AUDITOR, OTHER_REP, LAWYER)

    seen = {by: len(await found(sales, "zhangwei", by=by)) for by in everybody}
    await sales.running.contacts.ArchiveContact(
        pb.ArchiveContactRequest(contact_id=contact.contact_id, version=contact.version), metadata=sales.by(REP)
    )

    assert seen == {REP: 1, BOSS: 1, DIRECTOR: 1, AUDITOR: 1, OTHER_REP: 0, LAWYER: 0}
    assert await found(sales, "zhangwei") == []
