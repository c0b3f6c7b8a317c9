"""What a customer was, and what was changed (X-10)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis.database import sqlstate
from chassis.errors import NotFound
from chassis.ids import TenantId
from chassis.pages import token_after
from chassis.proto_values import moment_of, timestamp_of
from throughline.collab.v1 import customer_pb2
from throughline.collab.v1 import customer_service_pb2 as pb

from ..running import refusal
from ..sales import BOSS, COLLEAGUE, HENGCHANG, OTHER_REP, REP, SalesSite


async def changes(sales: SalesSite, customer_id: str, **paging: object) -> pb.ListCustomerChangesResponse:
    request = pb.ListCustomerChangesRequest(customer_id=customer_id, **paging)  # type: ignore[arg-type]
    answer: pb.ListCustomerChangesResponse = await sales.running.customers.ListCustomerChanges(
        request, metadata=sales.by(REP)
    )
    return answer


async def as_of(
    sales: SalesSite, customer: customer_pb2.Customer, back: timedelta = timedelta(0)
) -> pb.GetCustomerResponse:
    moment = timestamp_of(moment_of(customer.updated_at) - back)
    request = pb.GetCustomerRequest(customer_id=customer.customer_id, as_of=moment)
    answer: pb.GetCustomerResponse = await sales.running.customers.GetCustomer(request, metadata=sales.by(REP))
    return answer


async def test_a_customer_is_shown_as_it_was_at_any_moment(sales: SalesSite) -> None:
    first = await sales.customer(grade="C")
    second = await sales.update(first, grade="B", name="杭州恒昌科技有限公司")
    third = await sales.archive(second)

    assert [(await as_of(sales, each)).customer for each in (first, second, third)] == [first, second, third]
    assert (await as_of(sales, second, back=timedelta(microseconds=1))).customer == first
    before = await refusal(as_of(sales, first, back=timedelta(microseconds=1)))
    assert isinstance(before, NotFound)


async def test_changes_name_field_before_after_who_and_when(sales: SalesSite) -> None:
    customer = await sales.customer(grade="C")
    changed = await sales.update(customer, by=BOSS, grade="A", city="杭州")
    await sales.contact(customer.customer_id, "张伟", phone="13490001234")
    request = pb.AssignCustomerRequest(
        customer_id=customer.customer_id, version=3, owner_id=sales.ids[COLLEAGUE], reason="区域调整"
    )
    await sales.running.customers.AssignCustomer(request, metadata=sales.by(BOSS))

    listed = await sales.running.customers.ListCustomerChanges(
        pb.ListCustomerChangesRequest(customer_id=customer.customer_id), metadata=sales.by(BOSS)
    )

    rep, boss = f"person:{sales.ids[REP]}", f"person:{sales.ids[BOSS]}"
    assert [(change.version, change.actor) for change in listed.changes] == [(4, boss), (3, rep), (2, boss), (1, rep)]
    fields = [[(each.field, each.before, each.after) for each in change.fields] for change in listed.changes]
    assert fields == [
        [("owner_id", sales.ids[REP], sales.ids[COLLEAGUE])],
        [],
        [("city", "", "杭州"), ("grade", "C", "A")],
        [("name", "", HENGCHANG), ("grade", "", "C"), ("owner_id", "", sales.ids[REP])],
    ]
    assert listed.changes[2].changed_at == changed.updated_at
    assert b"13490001234" not in listed.SerializeToString()


async def test_before_the_first_version_there_are_no_changes(sales: SalesSite) -> None:
    customer = await sales.customer()
    asked = pb.ListCustomerChangesRequest(customer_id=customer.customer_id)
    before_the_first = token_after(asked, key=("1",), id=customer.customer_id)

    listed = await changes(sales, customer.customer_id, page_token=before_the_first)

    assert (list(listed.changes), listed.next_page_token) == ([], "")


async def test_changes_come_in_pages(sales: SalesSite) -> None:
    customer = await sales.customer()
    for grade in "ABCD":
        customer = await sales.update(customer, grade=grade)

    versions: list[int] = []
    token = ""
    while True:
        page = await changes(sales, customer.customer_id, page_size=2, page_token=token)
        versions += [change.version for change in page.changes]
        token = page.next_page_token
        if not token:
            break

    assert versions == [5, 4, 3, 2, 1]
    first = await changes(sales, customer.customer_id, page_size=2)
    assert [change.fields[0].before for change in first.changes] == ["C", "B"]


async def test_the_history_of_a_foreign_customer_is_as_hidden_as_the_customer(sales: SalesSite) -> None:
    foreign = await sales.customer(by=OTHER_REP)

    assert isinstance(await refusal(changes(sales, foreign.customer_id)), NotFound)
    assert isinstance(await refusal(as_of(sales, foreign)), NotFound)


async def test_history_can_be_added_to_and_not_changed(sales: SalesSite) -> None:
    await sales.create()

    for statement in ("UPDATE customer_version SET actor = 'nobody'", "DELETE FROM customer_version"):
        with pytest.raises(DBAPIError) as refused:
            await _run(sales, statement)
        assert sqlstate(refused.value) == "42501"


async def _run(sales: SalesSite, statement: str) -> None:
    async with sales.running.database.transaction(TenantId(sales.site.tenant_id)) as transaction:
        await transaction.connection.execute(text(statement))
