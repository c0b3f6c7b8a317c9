"""Every line of the scoring table."""

from __future__ import annotations

from typing import Any

import pytest

from matching.context import Counts
from matching.points import DEFAULT_POINTS, Points, ReasonCode
from matching.scoring import compare

from ..builders import a_record

CODE = "91350100M000100Y43"
OTHER_CODE = "91440300708461136T"
R = ReasonCode


def findings(left: dict[str, Any], right: dict[str, Any], context: Counts | None = None) -> dict[ReasonCode, float]:
    """What a comparison found beside the base, checked to be symmetric and to add up."""
    one, other = a_record(**left), a_record(**right)
    there = compare(one, other, context=context or Counts())
    back = compare(other, one, context=context or Counts())
    assert there.score == back.score == sum(reason.points for reason in there.reasons)
    assert {(r.code, r.points, r.left, r.right) for r in there.reasons} == {
        (r.code, r.points, r.right, r.left) for r in back.reasons
    }
    return {reason.code: reason.points for reason in there.reasons if reason.code is not R.BASE}


def names(left: str, right: str, context: Counts | None = None) -> dict[ReasonCode, float]:
    return findings({"company": left}, {"company": right}, context)


def test_nothing_known_scores_the_base() -> None:
    assert compare(a_record(), a_record()).score == -1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("恒昌科技有限公司", {R.NAME_FULL: 2, R.NAME_LEGAL_FORM: 4}),
        ("深圳恒昌科技有限公司", {R.NAME_FULL: 2, R.NAME_LEGAL_FORM: 4, R.NAME_HAS_REGION: 1}),
        ("恒昌科技", {R.NAME_FULL: 2, R.NAME_NO_LEGAL_FORM: -2}),
        ("Hengchang Tech Ltd", {R.NAME_FULL: 2, R.NAME_LEGAL_FORM: 4}),
    ],
)
def test_equal_full_names(name: str, expected: dict[ReasonCode, float]) -> None:
    assert names(name, f" {name} ") == expected


@pytest.mark.parametrize(("count", "expected"), [(0, 1.5), (2, 1.5), (3, None), (8, None), (9, -1)])
def test_a_rare_brand_makes_an_equal_full_name_worth_more(count: int, expected: float | None) -> None:
    found = names("恒昌科技有限公司", "恒昌科技有限公司", Counts(brands={"恒昌": count}))

    assert (found.get(R.FULL_NAME_RARE) or found.get(R.FULL_NAME_COMMON)) == expected


def test_an_equal_name_is_never_worth_less_than_nothing() -> None:
    found = names("恒昌科技", "恒昌科技", Counts(brands={"恒昌": 100}))

    assert sum(found.values()) == 0


LEVELS = [
    ("恒昌科技股份有限公司", "恒昌技术有限公司", R.CORE_EQUAL, 1.5),
    ("恒昌科技有限公司", "横畅科技有限公司", R.CORE_HOMOPHONE, 0.5),
    ("恒昌科技有限公司", "恒飞科技有限公司", R.CORE_ONE_EDIT, 1),
    ("恒昌达科技有限公司", "恒昌飞科技有限公司", R.CORE_ONE_EDIT_LONG_BRAND, 2),
    ("恒昌电子有限公司", "恒昌电子科技有限公司", R.BRAND_TRADE_PREFIX, 1.5),
    ("恒昌装饰工程有限公司", "恒昌装备工程有限公司", R.BRAND_TRADE_TYPO, 1.5),
    ("横畅电子有限公司", "恒昌电子科技有限公司", R.HOMOPHONE_TRADE_PREFIX, 1),
    ("横畅装饰工程有限公司", "恒昌装备工程有限公司", R.HOMOPHONE_TRADE_TYPO, 0.5),
    ("恒昌", "恒昌科技有限公司", R.BRAND_TRADE_MISSING, -0.5),
    ("恒昌科技", "恒昌电子科技有限公司", R.BRAND_TRADE_MISSING, -0.5),
    ("横畅", "恒昌科技有限公司", R.HOMOPHONE_TRADE_MISSING, -1),
    ("恒昌餐饮有限公司", "恒昌科技有限公司", R.BRAND_OTHER_TRADE, -5.5),
    ("横畅餐饮有限公司", "恒昌科技有限公司", R.HOMOPHONE_OTHER_TRADE, -3.5),
    ("恒昌达飞有限公司", "恒昌龙飞科技有限公司", R.BRAND_ONE_EDIT, 1),
    ("昌恒有限公司", "恒昌科技有限公司", R.BRAND_SWAPPED, 1),
    ("恒昌", "恒昌达飞科技有限公司", R.BRAND_CONTAINED, 1),
    ("恒达飞", "恒昌龙达云飞科技有限公司", R.BRAND_ABBREVIATED, 1),
    ("深恒达", "深圳恒龙达科技有限公司", R.BRAND_ABBREVIATED, 1),
    ("恒昌达飞节能服务", "达昌达飞节能产业服务", R.NAME_FUZZY, 0.5),
    ("Hengchang Tech Ltd", "Hengchang Technology Inc", R.ENGLISH_EQUAL, 0.5),
    ("Hengchang Ltd", "Hengcheng Ltd", R.NAME_FUZZY, 0.5),
    ("Heng Chang", "Heng Chang Duo Bao Ltd", R.NAME_PREFIX, 0),
    ("恒昌科技有限公司", "Hengchang Ltd", R.NAME_ROMANISED, -1),
    ("恒昌科技有限公司", "明达贸易有限公司", R.NAME_UNLIKE, -4),
    ("恒昌科技有限公司", "Mingda Ltd", R.NAME_UNLIKE, -4),
]


@pytest.mark.parametrize(("left", "right", "level", "points"), LEVELS)
def test_names_that_are_not_equal_have_one_level(left: str, right: str, level: ReasonCode, points: float) -> None:
    found = names(left, right)

    assert found[level] == points
    assert len({code for _, _, code, _ in LEVELS} & set(found)) == 1


def test_equal_english_names_speak_for_unlike_chinese_ones() -> None:
    found = names("恒昌科技有限公司 Evergreen Tech Ltd", "常青藤 Evergreen Technologies Inc")

    assert found == {R.ENGLISH_EQUAL: 0.5}


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("深圳恒昌科技公司", "深圳市恒昌科技有限公司", {R.REGION_AGREES: 1.5, R.REGION_SAME_CORE: 1}),
        ("广东恒昌科技公司", "深圳市恒昌科技有限公司", {R.REGION_AGREES: 1.5, R.REGION_COMPATIBLE_CORE: 1.5}),
        ("深圳横畅科技公司", "深圳市恒昌科技有限公司", {R.REGION_AGREES: 1.5, R.REGION_SAME_CORE: 1}),
        ("恒昌科技公司", "深圳市恒昌科技有限公司", {R.REGION_AGREES: 1.5}),
        ("深圳横畅公司", "深圳市恒昌科技有限公司", {R.REGION_AGREES: 1.5, R.REGION_HOMOPHONE_BRAND: -1}),
        ("深圳恒昌公司", "深圳市恒昌科技有限公司", {R.REGION_AGREES: 1.5}),
        ("广州恒昌科技公司", "深圳市恒昌科技有限公司", {R.REGION_CONFLICT: -1.5}),
        ("恒昌科技公司", "恒昌科技有限公司", {}),
        ("深圳恒昌科技有限公司", "深圳恒昌科技有限公司", {}),
    ],
)
def test_regions_of_the_names(left: str, right: str, expected: dict[ReasonCode, float]) -> None:
    found = names(left, right)

    assert {code: points for code, points in found.items() if code.startswith("REGION")} == expected


@pytest.mark.parametrize(
    ("count", "expected"), [(2, {}), (3, {R.BRAND_MID: -1}), (8, {R.BRAND_MID: -1}), (9, {R.BRAND_COMMON: -1.5})]
)
def test_a_common_brand_weakens_likeness(count: int, expected: dict[ReasonCode, float]) -> None:
    found = names("恒昌科技公司", "恒昌科技有限公司", Counts(brands={"恒昌": count}))

    assert {code: points for code, points in found.items() if code in (R.BRAND_MID, R.BRAND_COMMON)} == expected


def test_a_brand_that_nobody_counted_is_neither_rare_nor_common() -> None:
    assert names("恒昌科技有限公司", "恒昌科技有限公司") == {R.NAME_FULL: 2, R.NAME_LEGAL_FORM: 4}


def test_group_on_one_side_only() -> None:
    assert names("恒昌集团有限公司", "恒昌有限公司")[R.GROUP_ONE_SIDED] == -3


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"city": "深圳"}, {"city": "广东省深圳市"}, {R.CITY_EQUAL: 1.5}),
        ({"city": "深圳"}, {"city": "广州"}, {R.CITY_DIFFERENT: -2.5}),
        ({"city": "深圳"}, {"city": "广东"}, {}),
        ({"city": "深圳"}, {}, {}),
        ({"phone": "13900001234"}, {"phone": "+86 139 0000 1234"}, {R.MOBILE_EQUAL: 4.5}),
        ({"phone": "13900001234"}, {"phone": "13900005678"}, {}),
        ({"phone": "0755-22223333"}, {"phone": "075522223333转8"}, {R.LANDLINE_EQUAL: 1.5}),
        ({"phone": "400-820-1234"}, {"phone": "4008201234"}, {R.LANDLINE_EQUAL: 1.5}),
        ({"phone": "0755-22223333"}, {"phone": "0755-22224444"}, {R.LANDLINE_DIFFERENT: -1}),
        ({"phone": "0755-22223333/13900001234"}, {"phone": "0755-22224444/13900001234"}, {R.MOBILE_EQUAL: 4.5}),
        ({"email": "a@hengchang.cn"}, {"email": "A+b@hengchang.cn"}, {R.EMAIL_EQUAL: 4}),
        ({"email": "info@hengchang.cn"}, {"email": "info@hengchang.cn"}, {R.EMAIL_ROLE_EQUAL: 1}),
        ({"email": "a@hengchang.cn"}, {"email": "b@hengchang.cn"}, {R.DOMAIN_EQUAL: 1}),
        ({"email": "a@hengchang.cn"}, {"email": "a@mingda.cn"}, {R.DOMAIN_DIFFERENT: -1.5}),
        ({"email": "a@qq.com"}, {"email": "b@qq.com"}, {}),
        ({"email": "a@qq.com"}, {"email": "a@hengchang.cn"}, {}),
        ({"person": "张伟"}, {"person": "張偉先生"}, {R.PERSON_EQUAL: 4.5}),
        ({"person": "张伟"}, {"person": "章炜"}, {R.PERSON_HOMOPHONE: 4}),
        ({"person": "张伟"}, {"person": "Zhang Wei"}, {R.PERSON_HOMOPHONE: 4}),
        ({"person": "张伟"}, {"person": "张总"}, {R.PERSON_SURNAME: 3}),
        ({"person": "张总"}, {"person": "张经理"}, {R.PERSON_SURNAME: 3}),
        ({"person": "张伟"}, {"person": "李娜"}, {R.PERSON_DIFFERENT: -1}),
        ({"person": "张伟"}, {"person": "李总"}, {R.PERSON_DIFFERENT: -1}),
        ({"person": "张伟"}, {"person": "David"}, {}),
        ({"person": "张伟"}, {"person": "经理"}, {}),
        ({"credit_code": CODE}, {"credit_code": CODE}, {R.CREDIT_CODE_EQUAL: 12}),
        ({"credit_code": CODE}, {"credit_code": OTHER_CODE}, {R.CREDIT_CODE_DIFFERENT: 0}),
        (
            {"source": "crm", "external_id": "1"},
            {"source": "CRM", "external_id": "1"},
            {R.EXTERNAL_ID_EQUAL: 0},
        ),
        ({"source": "crm", "external_id": "1"}, {"source": "form", "external_id": "1"}, {}),
    ],
)
def test_the_rest_of_the_record(left: dict[str, str], right: dict[str, str], expected: dict[ReasonCode, float]) -> None:
    assert findings(left, right) == expected


def test_a_branch_is_in_its_own_city() -> None:
    head = {"company": "恒昌科技有限公司", "city": "深圳"}
    branch = {"company": "恒昌科技有限公司北京分公司", "city": "深圳"}

    assert findings(head, branch)[R.CITY_DIFFERENT] == -2.5


@pytest.mark.parametrize(("brands", "expected"), [(4, {R.MOBILE_EQUAL: 4.5}), (5, {R.PHONE_SHARED: 0})])
def test_a_phone_of_many_brands_proves_nothing(brands: int, expected: dict[ReasonCode, float]) -> None:
    record = {"phone": "13900001234"}

    assert findings(record, record, Counts(phones={"+8613900001234": brands})) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("a@hengchang.cn", "b@hengchang.cn", {R.DOMAIN_SHARED: 0}),
        ("info@hengchang.cn", "info@hengchang.cn", {R.DOMAIN_SHARED: 0}),
        ("a@hengchang.cn", "a@hengchang.cn", {R.EMAIL_EQUAL: 4}),
        ("a@hengchang.cn", "a@mingda.cn", {}),
    ],
)
def test_a_domain_of_many_brands_proves_nothing(left: str, right: str, expected: dict[ReasonCode, float]) -> None:
    shared = Counts(domains={"hengchang.cn": DEFAULT_POINTS.shared_domain_over + 1})

    assert findings({"email": left}, {"email": right}, shared) == expected


@pytest.mark.parametrize(("companies", "expected"), [(5, 4.5), (6, 2)])
def test_a_common_name_is_worth_two_at_most(companies: int, expected: float) -> None:
    record = {"person": "张伟"}

    assert findings(record, record, Counts(persons={"张伟": companies})) == {R.PERSON_EQUAL: expected}


def test_contact_data_alone_are_doubted_when_names_are_unlike() -> None:
    left = {"company": "恒昌科技有限公司", "phone": "13900001234", "person": "张伟"}
    right = {"company": "明达贸易有限公司", "phone": "13900001234", "person": "张伟"}

    assert findings(left, right)[R.CONTACT_ONLY] == -3
    assert compare(a_record(**left), a_record(**right)).score == 1


def test_the_doubt_takes_no_more_than_the_contact_data_gave() -> None:
    left = {"company": "恒昌科技有限公司", "phone": "0755-22223333"}
    right = {"company": "明达贸易有限公司", "phone": "0755-22223333"}

    assert findings(left, right)[R.CONTACT_ONLY] == -1.5


def test_an_equal_credit_code_outweighs_unlike_names() -> None:
    left = {"company": "恒昌科技有限公司", "credit_code": CODE, "phone": "13900001234"}
    right = {"company": "明达贸易有限公司", "credit_code": CODE, "phone": "13900001234"}

    assert R.CONTACT_ONLY not in findings(left, right)


def test_every_reason_shows_what_was_compared() -> None:
    comparison = compare(a_record(person="张伟", phone="13900001234"), a_record(person="张总", phone="139-0000-1234"))

    shown = {(reason.code, reason.left, reason.right) for reason in comparison.reasons}
    assert shown == {
        (R.BASE, "", ""),
        (R.MOBILE_EQUAL, "+8613900001234", "+8613900001234"),
        (R.PERSON_SURNAME, "张伟", "张"),
    }


def test_a_tenant_may_weigh_otherwise_and_the_version_says_so() -> None:
    points = Points(version=7, mobile_equal=2)
    record = a_record(phone="13900001234")

    comparison = compare(record, record, points)

    assert (comparison.score, comparison.policy_version) == (1, 7)
    assert Points(**points.to_dict()) == points  # type: ignore[arg-type]  # fields by name


def test_limits_that_do_not_rise_are_refused() -> None:
    with pytest.raises(ValueError, match="rise"):
        Points(join=0, show=1)


def test_every_finding_has_points() -> None:
    assert set(DEFAULT_POINTS.worth) == set(ReasonCode)
