from __future__ import annotations

import pytest

from chassis.errors import Invalid
from throughline.collab.v1 import customer_service_pb2 as pb

from ..running import refusal
from ..sales import BOSS, CREDIT_CODE, DIRECTOR, HENGCHANG, OTHER_REP, REP, SalesSite


async def found(sales: SalesSite, query: str, *, by: str = REP, **wanted: bool) -> list[str]:
    request = pb.SearchCustomersRequest(query=query, **wanted)  # type: ignore[arg-type]  # fields by name
    answer = await sales.running.customers.SearchCustomers(request, metadata=sales.by(by))
    return [customer.profile.name for customer in answer.customers]


@pytest.mark.parametrize(
    "query", ["恒昌", "信息技术", "hengchang", "Heng Chang", "hcxx", "HZHC", "大象", "dx", CREDIT_CODE[:6]]
)
async def test_part_of_a_name_its_sound_its_initials_or_the_code_finds_a_customer(sales: SalesSite, query: str) -> None:
    await sales.create(credit_code=CREDIT_CODE, short_names=["大象"])
    await sales.create("武汉江岸骨科医院")

    assert await found(sales, query) == [HENGCHANG]


async def test_only_what_the_caller_may_see_is_found(sales: SalesSite) -> None:
    await sales.create("杭州恒昌信息技术有限公司", by=REP)
    await sales.create("武汉恒昌骨科医院", by=OTHER_REP)

    seen = {by: await found(sales, "hengchang", by=by) for by in (REP, BOSS, OTHER_REP, DIRECTOR)}

    assert seen == {
        REP: ["杭州恒昌信息技术有限公司"],
        BOSS: ["杭州恒昌信息技术有限公司"],
        OTHER_REP: ["武汉恒昌骨科医院"],
        DIRECTOR: ["杭州恒昌信息技术有限公司", "武汉恒昌骨科医院"],
    }


async def test_archived_customers_are_found_only_when_asked_for(sales: SalesSite) -> None:
    await sales.archive(await sales.customer())

    assert await found(sales, "恒昌") == []
    assert await found(sales, "恒昌", with_archived=True) == [HENGCHANG]


async def test_a_renamed_customer_is_not_found_by_its_old_name(sales: SalesSite) -> None:
    await sales.update(await sales.customer(), name="宁波海曙口腔门诊部")

    assert await found(sales, "hengchang") == []
    assert await found(sales, "haishu") == ["宁波海曙口腔门诊部"]


async def test_what_is_found_comes_in_pages(sales: SalesSite) -> None:
    for city in ("武汉", "成都", "杭州"):
        await sales.create(f"{city}恒昌医院")

    first = pb.SearchCustomersRequest(query="恒昌", page_size=2)
    page = await sales.running.customers.SearchCustomers(first, metadata=sales.by(REP))
    rest = pb.SearchCustomersRequest(query="恒昌", page_size=2, page_token=page.next_page_token)
    last = await sales.running.customers.SearchCustomers(rest, metadata=sales.by(REP))

    names = [customer.profile.name for customer in [*page.customers, *last.customers]]
    assert names == ["成都恒昌医院", "杭州恒昌医院", "武汉恒昌医院"]
    assert last.next_page_token == ""


@pytest.mark.parametrize("query", ["%", "  ", "。"])
async def test_a_query_that_says_nothing_is_refused(sales: SalesSite, query: str) -> None:
    assert isinstance(await refusal(found(sales, query)), Invalid)
