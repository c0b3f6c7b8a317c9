"""Duplicates of customers (X-03): refused for the same credit code, suggested with reasons otherwise."""

from __future__ import annotations

import asyncio

from chassis.errors import AlreadyExists, Forbidden, Invalid, ThroughlineError
from throughline.collab.v1 import customer_pb2
from throughline.collab.v1 import customer_service_pb2 as pb

from ..running import refusal
from ..sales import AUDITOR, CREDIT_CODE, HENGCHANG, OTHER_REP, REP, SalesSite


async def match(sales: SalesSite, *, by: str = REP, **record: str) -> pb.FindCustomerMatchesResponse:
    request = pb.FindCustomerMatchesRequest(**record)
    answer: pb.FindCustomerMatchesResponse = await sales.running.customers.FindCustomerMatches(
        request, metadata=sales.by(by)
    )
    return answer


async def test_a_second_customer_with_the_credit_code_is_refused_and_the_first_one_named(sales: SalesSite) -> None:
    first = await sales.customer(credit_code=CREDIT_CODE)

    refused = await refusal(sales.create("一个完全不同的名字", by=OTHER_REP, credit_code=CREDIT_CODE.lower()))
    await sales.archive(first)
    archived = await refusal(sales.create("一个完全不同的名字", by=OTHER_REP, credit_code=CREDIT_CODE))

    assert isinstance(refused, AlreadyExists)
    assert isinstance(archived, AlreadyExists)
    assert refused.metadata["id"] == archived.metadata["id"] == first.customer_id


async def test_a_customer_cannot_take_the_credit_code_of_another(sales: SalesSite) -> None:
    first = await sales.customer(credit_code=CREDIT_CODE)
    second = await sales.customer("宁波海曙口腔门诊部")

    refused = await refusal(sales.update(second, credit_code=CREDIT_CODE))

    assert isinstance(refused, AlreadyExists)
    assert refused.metadata["id"] == first.customer_id
    assert (await sales.update(first, credit_code=f" {CREDIT_CODE} ")).version == 1


async def test_a_customer_of_the_same_name_is_made_and_the_other_one_suggested_with_reasons(sales: SalesSite) -> None:
    first = await sales.customer(by=OTHER_REP)

    second = await sales.create("恒昌信息技术（杭州）有限公司", by=REP)

    (suggestion,) = second.suggestions
    assert suggestion.customer_id == first.customer_id
    assert (suggestion.name, suggestion.owner_id) == (HENGCHANG, sales.ids[OTHER_REP])
    assert "CORE_EQUAL" in suggestion.reasons
    assert suggestion.points > 0
    assert second.customer.customer_id != first.customer_id


async def test_equal_customers_with_a_credit_code_at_the_same_instant_make_one(sales: SalesSite) -> None:
    rivals = [sales.create(credit_code=CREDIT_CODE) for _ in range(4)]

    outcomes = await asyncio.gather(*(_outcome(rival) for rival in rivals))

    made = [outcome for outcome in outcomes if isinstance(outcome, customer_pb2.Customer)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, AlreadyExists)]
    assert (len(made), len(refused)) == (1, 3)
    assert {error.metadata["id"] for error in refused} == {made[0].customer_id}


async def test_of_equal_customers_at_the_same_instant_each_sees_those_before_it(sales: SalesSite) -> None:
    answers = await asyncio.gather(*(sales.create() for _ in range(4)))

    assert sorted(len(answer.suggestions) for answer in answers) == [0, 1, 2, 3]


async def _outcome(creation: object) -> customer_pb2.Customer | ThroughlineError:
    try:
        answer: pb.CreateCustomerResponse = await creation  # type: ignore[misc]  # what a stub returns can be awaited
    except Exception as error:  # noqa: BLE001 (whatever it is, the test looks at it)
        return await refusal(_raised(error))
    return answer.customer


async def _raised(error: Exception) -> None:
    raise error


async def test_a_record_is_a_customer_may_be_one_or_is_new(sales: SalesSite) -> None:
    customer = await sales.customer(credit_code=CREDIT_CODE, city="杭州", short_names=["恒昌科技"])
    await sales.contact(customer.customer_id, phone="13490001234", email="zhang@hengchang.example")

    by_code = await match(sales, company=HENGCHANG, credit_code=CREDIT_CODE)
    by_phone = await match(
        sales, company="杭州恒昌信息技术有限公司", person="张伟", phone="134 9000 1234", by=OTHER_REP
    )
    by_name = await match(sales, company="恒昌信息技术有限公司")
    stranger = await match(sales, company="武汉江岸骨科医院", phone="13888881234")

    assert by_code.outcome == pb.MATCH_OUTCOME_JOIN
    assert by_code.joined.customer_id == customer.customer_id
    assert "CREDIT_CODE_EQUAL" in by_code.joined.reasons
    assert by_phone.outcome == pb.MATCH_OUTCOME_JOIN
    assert "MOBILE_EQUAL" in by_phone.joined.reasons
    assert by_name.outcome in (pb.MATCH_OUTCOME_JOIN, pb.MATCH_OUTCOME_SUGGEST)
    assert stranger.outcome == pb.MATCH_OUTCOME_NEW
    assert not stranger.suggestions


async def test_a_branch_is_linked_and_never_taken_for_the_head_office(sales: SalesSite) -> None:
    head = await sales.customer()

    found = await match(sales, company="杭州恒昌信息技术有限公司宁波分公司")

    assert found.outcome != pb.MATCH_OUTCOME_JOIN
    assert [(each.customer_id, list(each.links)) for each in found.linked] == [(head.customer_id, ["branch_of"])]


async def test_a_renamed_customer_is_found_by_its_new_name_and_by_what_people_call_it(sales: SalesSite) -> None:
    customer = await sales.customer()
    await sales.update(customer, name="宁波海曙口腔门诊部", short_names=["恒昌信息"])

    found = await match(sales, company="宁波海曙口腔门诊部")
    called = await match(sales, company="恒昌信息")

    for answer in (found, called):
        assert customer.customer_id in {each.customer_id for each in [answer.joined, *answer.suggestions]}


async def test_a_service_may_ask_and_somebody_who_makes_no_customers_may_not(sales: SalesSite) -> None:
    request = pb.FindCustomerMatchesRequest(company=HENGCHANG)

    asked = await sales.running.customers.FindCustomerMatches(request, metadata=sales.site.by_service)

    assert asked.outcome == pb.MATCH_OUTCOME_NEW
    assert isinstance(await refusal(match(sales, by=AUDITOR, company=HENGCHANG)), Forbidden)


async def test_a_record_that_says_nothing_readable_is_refused(sales: SalesSite) -> None:
    error = await refusal(match(sales, person="张伟", phone="123"))

    assert isinstance(error, Invalid)
    assert [fault.reason for fault in error.violations] == ["identity.required"]
