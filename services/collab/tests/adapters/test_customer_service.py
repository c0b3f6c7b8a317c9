from __future__ import annotations

import pytest

from chassis.errors import Forbidden, Invalid, NotFound, Refused, Stale
from chassis.ids import new_id
from throughline.collab.v1 import customer_pb2, events_pb2
from throughline.collab.v1 import customer_service_pb2 as pb

from ..running import refusal
from ..sales import (
    AUDITOR,
    BOSS,
    COLLEAGUE,
    CREDIT_CODE,
    DIRECTOR,
    HENGCHANG,
    LAWYER,
    OTHER_BOSS,
    OTHER_REP,
    REP,
    SalesSite,
)


async def names(sales: SalesSite, by: str, **wanted: object) -> list[str]:
    request = pb.ListCustomersRequest(**wanted)  # type: ignore[arg-type]  # fields by name
    listed = await sales.running.customers.ListCustomers(request, metadata=sales.by(by))
    return [customer.profile.name for customer in listed.customers]


async def test_a_rep_makes_a_customer_and_owns_it_with_all_that_was_said(sales: SalesSite) -> None:
    profile = customer_pb2.CustomerProfile(
        name=HENGCHANG,
        short_names=["恒昌"],
        kind="enterprise",
        credit_code=CREDIT_CODE,
        registered_address="文一西路 1 号",
        region="浙江",
        city="杭州",
        grade="B",
        source="expo",
        pain_points="交付慢",
        purchase_cycle="2026 Q3",
        custom={
            "beds": customer_pb2.CustomValue(number=1200),
            "since": customer_pb2.CustomValue(date="2019-05-01"),
            "level": customer_pb2.CustomValue(choice="third_a"),
            "note": customer_pb2.CustomValue(text="老客户"),
        },
    )

    made = await sales.running.customers.CreateCustomer(
        pb.CreateCustomerRequest(profile=profile), metadata=sales.by(REP)
    )

    read = await sales.get(made.customer.customer_id)
    assert read == made.customer
    assert read.profile == profile
    assert (read.owner_id, read.team_id, read.version) == (sales.ids[REP], sales.teams["销售一部"], 1)
    assert list(made.suggestions) == []


async def test_everybody_sees_as_many_customers_as_the_role_reaches(sales: SalesSite) -> None:
    await sales.create("杭州恒昌信息技术有限公司", by=REP)
    await sales.create("宁波海曙口腔门诊部", by=COLLEAGUE)
    await sales.create("武汉江岸骨科医院", by=OTHER_REP)

    seen = {by: await names(sales, by) for by in (REP, BOSS, OTHER_BOSS, DIRECTOR, AUDITOR, LAWYER)}

    both = ["杭州恒昌信息技术有限公司", "宁波海曙口腔门诊部"]
    assert seen[REP] == ["杭州恒昌信息技术有限公司"]
    assert seen[BOSS] == both
    assert seen[OTHER_BOSS] == ["武汉江岸骨科医院"]
    assert seen[DIRECTOR] == seen[AUDITOR] == seen[LAWYER] == [*both, "武汉江岸骨科医院"]


async def test_a_foreign_customer_looks_the_same_as_a_missing_one(sales: SalesSite) -> None:
    foreign = await sales.customer(by=OTHER_REP)

    hidden = await refusal(sales.get(foreign.customer_id, by=REP))
    missing = await refusal(sales.get(new_id(), by=REP))
    changed = await refusal(sales.update(foreign, by=REP, city="杭州"))
    archived = await refusal(sales.archive(foreign, by=REP))

    assert all(isinstance(error, NotFound) for error in (hidden, missing, changed, archived))
    batch = pb.BatchGetCustomersRequest(customer_ids=[foreign.customer_id])
    assert not (await sales.running.customers.BatchGetCustomers(batch, metadata=sales.by(REP))).customers


async def test_somebody_who_sees_a_customer_and_may_not_change_it_is_told_so(sales: SalesSite) -> None:
    customer = await sales.customer()

    refused = await refusal(sales.update(customer, by=AUDITOR, city="杭州"))

    assert isinstance(refused, Forbidden)


async def test_many_are_read_at_once_in_the_order_asked_for(sales: SalesSite) -> None:
    first, second = await sales.customer("杭州恒昌信息技术有限公司"), await sales.customer("宁波海曙口腔门诊部")
    wanted = [second.customer_id, new_id(), first.customer_id]

    answer = await sales.running.customers.BatchGetCustomers(
        pb.BatchGetCustomersRequest(customer_ids=wanted), metadata=sales.by(REP)
    )

    assert list(answer.customers) == [second, first]


async def test_filters_narrow_the_list_and_pages_lose_nobody(sales: SalesSite) -> None:
    await sales.create("武汉江岸骨科医院", grade="A", kind="private_clinic", region="湖北")
    await sales.create("杭州恒昌信息技术有限公司", grade="A", kind="enterprise", region="浙江")
    await sales.create("宁波海曙口腔门诊部", grade="B", kind="private_clinic", region="浙江")
    gone = await sales.customer("成都锦江眼科医院", grade="A")
    await sales.archive(gone)

    assert await names(sales, REP, grade="A") == ["杭州恒昌信息技术有限公司", "武汉江岸骨科医院"]
    assert await names(sales, REP, kind="private_clinic", region="浙江") == ["宁波海曙口腔门诊部"]
    assert await names(sales, REP, archived=True) == ["成都锦江眼科医院"]
    assert await names(sales, BOSS, owner_id=sales.ids[COLLEAGUE]) == []
    paged: list[str] = []
    token = ""
    while True:
        request = pb.ListCustomersRequest(page_size=1, page_token=token)
        page = await sales.running.customers.ListCustomers(request, metadata=sales.by(REP))
        paged += [customer.profile.name for customer in page.customers]
        token = page.next_page_token
        if not token:
            break
    assert paged == ["杭州恒昌信息技术有限公司", "宁波海曙口腔门诊部", "武汉江岸骨科医院"]


async def test_a_change_touches_the_fields_named_and_no_others(sales: SalesSite) -> None:
    customer = await sales.customer(city="杭州", grade="C")

    filled = await sales.update(customer, region="浙江")
    emptied = await sales.update(filled, "city", "grade", grade="A", region="湖北")

    assert (filled.profile.city, filled.profile.region, filled.profile.grade) == ("杭州", "浙江", "C")
    assert (emptied.profile.city, emptied.profile.region, emptied.profile.grade) == ("", "浙江", "A")
    assert emptied.version == 3


async def test_a_change_by_somebody_who_saw_an_older_version_is_refused(sales: SalesSite) -> None:
    customer = await sales.customer()
    await sales.update(customer, city="杭州")

    stale = await refusal(sales.update(customer, city="宁波"))

    assert isinstance(stale, Stale)
    assert stale.metadata["current_version"] == "2"


async def test_a_change_that_changes_nothing_makes_no_version_and_tells_nothing(sales: SalesSite) -> None:
    customer = await sales.customer(city="杭州")
    await sales.told()

    same = await sales.update(customer, city=" 杭州 ")

    assert same == customer
    assert await sales.told() == []


async def test_fields_that_cannot_be_are_all_named(sales: SalesSite) -> None:
    customer = await sales.customer()

    made = await refusal(sales.create("恒", credit_code=CREDIT_CODE[:-1] + "X", grade="Z"))
    changed = await refusal(sales.update(customer, "nickname", "grade", grade="A"))

    assert isinstance(made, Invalid)
    assert {fault.field for fault in made.violations} == {"profile.name", "profile.credit_code", "profile.grade"}
    assert isinstance(changed, Invalid)
    assert {fault.field: fault.reason for fault in changed.violations} == {"update_mask": "field_mask.unknown"}


async def test_a_custom_field_without_a_value_is_refused_by_the_contract(sales: SalesSite) -> None:
    error = await refusal(sales.create(custom={"beds": customer_pb2.CustomValue()}))

    assert isinstance(error, Invalid)
    assert [fault.field for fault in error.violations] == ['profile.custom["beds"].value']


async def test_a_repeated_creation_gets_its_first_answer(sales: SalesSite) -> None:
    first = await sales.create(request_id="make-1")
    again = await sales.create(request_id="make-1")

    assert first == again
    assert await names(sales, REP) == [HENGCHANG]


async def test_an_archived_customer_is_not_changed_until_it_is_restored(sales: SalesSite) -> None:
    customer = await sales.customer()
    archived = await sales.archive(customer)

    refused = await refusal(sales.update(archived, city="杭州"))
    request = pb.RestoreCustomerRequest(customer_id=customer.customer_id, version=archived.version)
    restored = (await sales.running.customers.RestoreCustomer(request, metadata=sales.by(REP))).customer

    assert archived.is_archived
    assert isinstance(refused, Refused)
    assert refused.reason == "CUSTOMER_ARCHIVED"
    assert (restored.is_archived, restored.version) == (False, 3)
    assert (await sales.update(restored, city="杭州")).profile.city == "杭州"


async def test_a_supervisor_gives_a_customer_to_another_rep_of_the_team(sales: SalesSite) -> None:
    customer = await sales.customer(by=REP)
    request = pb.AssignCustomerRequest(
        customer_id=customer.customer_id, version=1, owner_id=sales.ids[COLLEAGUE], reason="区域调整"
    )

    denied = await refusal(sales.running.customers.AssignCustomer(request, metadata=sales.by(REP)))
    given = await sales.running.customers.AssignCustomer(request, metadata=sales.by(BOSS))

    assert isinstance(denied, Forbidden)
    assert given.customer.owner_id == sales.ids[COLLEAGUE]
    assert isinstance(await refusal(sales.get(customer.customer_id, by=REP)), NotFound)
    assert (await sales.get(customer.customer_id, by=COLLEAGUE)).version == 2


async def test_a_supervisor_gives_no_customer_to_another_team_but_a_director_does(sales: SalesSite) -> None:
    customer = await sales.customer(by=REP)
    request = pb.AssignCustomerRequest(
        customer_id=customer.customer_id, version=1, owner_id=sales.ids[OTHER_REP], reason="区域调整"
    )

    denied = await refusal(sales.running.customers.AssignCustomer(request, metadata=sales.by(BOSS)))
    given = await sales.running.customers.AssignCustomer(request, metadata=sales.by(DIRECTOR))

    assert isinstance(denied, Forbidden)
    assert given.customer.owner_id == sales.ids[OTHER_REP]


async def test_a_customer_is_made_for_somebody_else_only_within_the_own_team(sales: SalesSite) -> None:
    mine = await sales.create("杭州恒昌信息技术有限公司", by=BOSS, owner=REP)

    by_rep = await refusal(sales.create("宁波海曙口腔门诊部", by=REP, owner=COLLEAGUE))
    by_foreign = await refusal(sales.create("宁波海曙口腔门诊部", by=OTHER_BOSS, owner=REP))
    named = customer_pb2.CustomerProfile(name="宁波海曙口腔门诊部")
    nobody = pb.CreateCustomerRequest(profile=named, owner_id=new_id())
    unknown = await refusal(sales.running.customers.CreateCustomer(nobody, metadata=sales.by(BOSS)))

    assert mine.customer.owner_id == sales.ids[REP]
    assert isinstance(by_rep, Forbidden)
    assert isinstance(by_foreign, Forbidden)
    assert isinstance(unknown, Invalid)
    assert [fault.reason for fault in unknown.violations] == ["person.unknown"]


async def test_every_change_is_told_with_facts_of_the_legal_unit_and_no_free_text(sales: SalesSite) -> None:
    customer = await sales.customer(pain_points="找王院长", grade="C")
    changed = await sales.update(customer, "grade", "pain_points", grade="A", pain_points="换了院长")
    await sales.archive(changed)

    told = await sales.told()

    assert [kind for kind, _ in told] == ["CustomerCreated", "CustomerChanged", "CustomerArchived"]
    assert [record.headers["aggregate_version"] for _, record in told] == ["1", "2", "3"]
    assert {record.key for _, record in told} == {customer.customer_id}
    change = events_pb2.CustomerChanged.FromString(told[1][1].payload)
    assert list(change.fields) == ["grade", "pain_points"]
    assert (change.customer.name, change.customer.grade, change.customer.owner_id) == (HENGCHANG, "A", sales.ids[REP])
    assert not any("院长".encode() in record.payload for _, record in told)


async def test_tenants_know_nothing_of_each_others_customers(sales: SalesSite) -> None:
    await sales.create(credit_code=CREDIT_CODE)
    other = await sales.running.a_tenant(admin_subject="somebody.else")

    listed = await sales.running.customers.ListCustomers(pb.ListCustomersRequest(), metadata=other.by("somebody.else"))
    matched = await sales.running.customers.FindCustomerMatches(
        pb.FindCustomerMatchesRequest(credit_code=CREDIT_CODE), metadata=other.by_service
    )

    assert list(listed.customers) == []
    assert matched.outcome == pb.MATCH_OUTCOME_NEW


@pytest.mark.parametrize("token", ["AAAA", "eyJ4IjoxfQ"])
async def test_a_made_up_page_token_is_refused(sales: SalesSite, token: str) -> None:
    for call, request in (
        (sales.running.customers.ListCustomers, pb.ListCustomersRequest(page_token=token)),
        (sales.running.customers.SearchCustomers, pb.SearchCustomersRequest(query="恒", page_token=token)),
    ):
        assert isinstance(await refusal(call(request, metadata=sales.by(REP))), Invalid)
