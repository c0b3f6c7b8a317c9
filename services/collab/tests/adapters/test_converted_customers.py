"""ConvertedCustomerService: what a conversion makes in the master is made once, and taken back while it is as made."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.ids import new_id
from throughline.collab.v1 import converted_customer_service_pb2 as pb
from throughline.collab.v1 import customer_pb2

from ..running import refusal
from ..sales import REP, SalesSite

NAME = "杭州启明医院"


async def _customer(sales: SalesSite, customer_id: str, **profile: Any) -> Any:
    request = pb.KeepConvertedCustomerRequest(
        customer_id=customer_id,
        profile=customer_pb2.CustomerProfile(**{"name": NAME} | profile),
        owner_id=sales.ids[REP],
    )
    return await sales.running.converted.KeepConvertedCustomer(request, metadata=sales.site.by_service)


async def _contact(sales: SalesSite, customer_id: str, contact_id: str, **profile: Any) -> str:
    request = pb.KeepConvertedContactRequest(
        customer_id=customer_id,
        contact_id=contact_id,
        profile=customer_pb2.ContactProfile(**{"name": "王强", "phone": "13490001234"} | profile),
    )
    answer = await sales.running.converted.KeepConvertedContact(request, metadata=sales.site.by_service)
    return str(answer.contact_id)


async def _take_back(sales: SalesSite, customer_id: str, contact_id: str = "", **fields: Any) -> list[str]:
    request = pb.TakeBackConvertedCustomerRequest(customer_id=customer_id, contact_id=contact_id, **fields)
    answer = await sales.running.converted.TakeBackConvertedCustomer(request, metadata=sales.site.by_service)
    return list(answer.added)


async def test_a_conversion_makes_its_customer_and_contact_once_however_often_it_asks(sales: SalesSite) -> None:
    customer_id, contact_id = new_id(), new_id()

    for _ in range(2):
        await _customer(sales, customer_id, pain_points="候诊时间长")
        assert await _contact(sales, customer_id, contact_id) == contact_id

    made = await sales.get(customer_id)
    assert (made.owner_id, made.profile.pain_points, made.version) == (sales.ids[REP], "候诊时间长", 2)
    assert [kind for kind, _ in await sales.told()] == ["CustomerCreated", "CustomerContactChanged"]


async def test_what_a_conversion_made_is_taken_back_whole_and_a_repeat_changes_nothing(sales: SalesSite) -> None:
    customer_id, contact_id = new_id(), new_id()
    await _customer(sales, customer_id)
    await _contact(sales, customer_id, contact_id)

    assert await _take_back(sales, customer_id, contact_id, customer_version=2, only_look=True) == []
    assert not (await sales.get(customer_id)).is_archived
    for _ in range(2):
        assert await _take_back(sales, customer_id, contact_id, customer_version=2) == []

    assert (await sales.get(customer_id)).is_archived


async def test_what_somebody_added_to_is_not_taken_back(sales: SalesSite) -> None:
    customer_id, contact_id = new_id(), new_id()
    await _customer(sales, customer_id)
    await _contact(sales, customer_id, contact_id)
    await sales.update(await sales.get(customer_id), city="杭州")

    assert await _take_back(sales, customer_id, contact_id, customer_version=2) == ["customer.changed"]

    assert not (await sales.get(customer_id)).is_archived


async def test_a_lead_that_joins_a_customer_finds_the_contact_who_is_there(sales: SalesSite) -> None:
    customer = await sales.customer()
    known = await sales.contact(customer.customer_id, phone="+86 134-9000-1234")

    assert await _contact(sales, customer.customer_id, new_id()) == known.contact_id

    made = new_id()
    assert await _contact(sales, customer.customer_id, made, phone="13490005678") == made
    assert await _take_back(sales, customer.customer_id, made) == []
    assert not (await sales.get(customer.customer_id)).is_archived


async def test_the_credit_code_of_another_customer_and_an_archived_customer_are_refused(sales: SalesSite) -> None:
    code = "91330106MA2CFXYZ1N"
    customer = await sales.customer()
    await sales.archive(customer)

    archived = await refusal(_contact(sales, customer.customer_id, new_id()))
    invalid = await refusal(_customer(sales, new_id(), credit_code=code))

    assert (archived.reason, invalid.reason) == ("CUSTOMER_ARCHIVED", "INVALID_REQUEST")


async def test_only_services_ask(sales: SalesSite) -> None:
    request = pb.TakeBackConvertedCustomerRequest(customer_id=new_id())

    asked = sales.running.converted.TakeBackConvertedCustomer(request, metadata=sales.by(REP))

    assert (await refusal(asked)).reason == "FORBIDDEN"


@pytest.mark.parametrize("phone", ["abc", "1"])
async def test_a_phone_that_nobody_can_read_does_not_stop_a_conversion(sales: SalesSite, phone: str) -> None:
    customer_id, contact_id = new_id(), new_id()
    await _customer(sales, customer_id)

    assert await _contact(sales, customer_id, contact_id, phone=phone) == contact_id
