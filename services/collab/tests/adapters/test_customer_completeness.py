"""How full customers' files are, and against which line (PL-19), with the tenant's own key fields and grades."""

from __future__ import annotations

from chassis.errors import Forbidden, Invalid, Stale
from throughline.collab.v1 import customer_pb2
from throughline.collab.v1 import customer_service_pb2 as pb

from ..running import refusal
from ..sales import BOSS, COLLEAGUE, CREDIT_CODE, DIRECTOR, OTHER_REP, REP, SalesSite

FULL = {
    "credit_code": CREDIT_CODE,
    "kind": "enterprise",
    "registered_address": "文一西路 1 号",
    "region": "浙江",
    "grade": "A",
    "pain_points": "交付慢",
    "purchase_cycle": "2026 Q3",
}


async def report(sales: SalesSite, by: str, group: str = "OWNER") -> pb.GetCompletenessResponse:
    request = pb.GetCompletenessRequest(group_by=f"COMPLETENESS_GROUP_{group}")  # type: ignore[arg-type]
    answer: pb.GetCompletenessResponse = await sales.running.customers.GetCompleteness(request, metadata=sales.by(by))
    return answer


async def settings(sales: SalesSite) -> customer_pb2.CustomerSettings:
    answer = await sales.running.customers.GetCustomerSettings(pb.GetCustomerSettingsRequest(), metadata=sales.by(REP))
    found: customer_pb2.CustomerSettings = answer.settings
    return found


async def put(
    sales: SalesSite, wanted: customer_pb2.CustomerSettings, *, by: str = DIRECTOR
) -> pb.PutCustomerSettingsResponse:
    request = pb.PutCustomerSettingsRequest(version=wanted.version, settings=wanted)
    answer: pb.PutCustomerSettingsResponse = await sales.running.customers.PutCustomerSettings(
        request, metadata=sales.by(by)
    )
    return answer


async def test_a_customer_says_how_full_its_file_is_and_what_is_missing(sales: SalesSite) -> None:
    bare = await sales.customer()
    filled = await sales.update(bare, **FULL)
    await sales.contact(bare.customer_id, decision_role=customer_pb2.DECISION_ROLE_DECIDER)
    reachable = await sales.contact(bare.customer_id, "李四", phone="13490001234")

    assert (bare.completeness_pct, len(bare.missing_fields)) == (0, 9)
    assert (filled.completeness_pct, list(filled.missing_fields)) == (77, ["decision_chain", "reachable_contact"])
    full = await sales.get(bare.customer_id)
    assert (full.completeness_pct, list(full.missing_fields)) == (100, [])
    assert reachable.version == 1


async def test_incomplete_customers_can_be_listed(sales: SalesSite) -> None:
    full = await sales.customer(**FULL)
    await sales.contact(full.customer_id, phone="13490001234", decision_role=customer_pb2.DECISION_ROLE_DECIDER)
    await sales.create("宁波海曙口腔门诊部")

    listed = await sales.running.customers.ListCustomers(
        pb.ListCustomersRequest(incomplete=True), metadata=sales.by(REP)
    )

    assert [customer.profile.name for customer in listed.customers] == ["宁波海曙口腔门诊部"]


async def test_owners_and_teams_are_held_against_the_line_within_what_the_caller_may_see(sales: SalesSite) -> None:
    full = await sales.customer(**FULL)
    await sales.contact(full.customer_id, phone="13490001234", decision_role=customer_pb2.DECISION_ROLE_DECIDER)
    await sales.create("宁波海曙口腔门诊部", by=COLLEAGUE, kind="private_clinic")
    await sales.create("武汉江岸骨科医院", by=OTHER_REP)
    await sales.archive(await sales.customer("成都锦江眼科医院", by=OTHER_REP), by=OTHER_REP)

    owners, teams, mine = await report(sales, BOSS), await report(sales, DIRECTOR, "TEAM"), await report(sales, REP)

    assert owners.target_pct == 92
    assert [
        (row.owner_id, row.customers, row.complete, row.filled_pct, row.is_below_target) for row in owners.rows
    ] == [
        (sales.ids[COLLEAGUE], 1, 0, 11.1, True),
        (sales.ids[REP], 1, 1, 100.0, False),
    ]
    assert [(row.team_id, row.customers, row.filled_pct) for row in teams.rows] == [
        (sales.teams["销售二部"], 1, 0.0),
        (sales.teams["销售一部"], 2, 55.5),
    ]
    assert (teams.total.customers, teams.total.complete, teams.total.filled_pct) == (3, 1, 37.0)
    assert [row.owner_id for row in mine.rows] == [sales.ids[REP]]


async def test_a_tenant_begins_with_the_usual_settings(sales: SalesSite) -> None:
    usual = await settings(sales)

    assert (usual.version, usual.target_pct) == (1, 92)
    assert [grade.code for grade in usual.grades] == ["A", "B", "C", "D"]
    assert {"decision_chain", "pain_points", "purchase_cycle"} <= set(usual.key_fields)


async def test_other_key_fields_reckon_every_customer_anew_without_a_new_version(sales: SalesSite) -> None:
    customer = await sales.customer(custom={"beds": customer_pb2.CustomValue(number=300)})
    wanted = await settings(sales)
    del wanted.key_fields[:]
    wanted.key_fields.extend(["custom.beds", "reachable_contact"])

    done = await put(sales, wanted)

    assert (done.settings.version, done.recomputed) == (2, 1)
    again = await sales.get(customer.customer_id)
    assert (again.completeness_pct, list(again.missing_fields)) == (50, ["reachable_contact"])
    assert again.version == 1
    assert isinstance(await refusal(put(sales, wanted)), Stale)


async def test_grades_of_the_tenant_hold_for_new_values_and_leave_old_ones(sales: SalesSite) -> None:
    customer = await sales.customer(grade="D")
    wanted = await settings(sales)
    del wanted.grades[:]
    wanted.grades.add(code="S", name="战略")

    await put(sales, wanted)

    refused = await refusal(sales.update(customer, grade="A"))
    assert isinstance(refused, Invalid)
    kept = await sales.update(customer, city="杭州")
    assert kept.profile.grade == "D"
    assert (await sales.update(kept, grade="S")).profile.grade == "S"


async def test_settings_are_set_by_those_who_answer_for_sales_and_faults_are_all_named(sales: SalesSite) -> None:
    wanted = await settings(sales)
    wanted.key_fields.append("shoe_size")
    wanted.grades.add(code="A", name="又一个")

    denied = await refusal(put(sales, wanted, by=REP))
    faulty = await refusal(put(sales, wanted))

    assert isinstance(denied, Forbidden)
    assert isinstance(faulty, Invalid)
    assert {fault.field for fault in faulty.violations} == {"settings.key_fields[9]", "settings.grades[4].code"}
