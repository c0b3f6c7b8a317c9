from __future__ import annotations

import pytest

from ..builders import a_chinese_name


@pytest.mark.parametrize(
    ("full", "brand", "trade", "regions", "form"),
    [
        ("深圳市恒昌信息技术有限公司", "恒昌", "信息科技", ("4403",), "有限公司"),
        ("广东省深圳市南山区恒昌贸易股份有限公司", "恒昌", "贸易", ("440305",), "股份有限公司"),
        ("恒昌科技（深圳）有限公司", "恒昌", "科技", ("4403",), "有限公司"),
        ("恒昌科技北京有限责任公司", "恒昌", "科技", ("11",), "有限责任公司"),
        ("恒昌新材料有限公司", "恒昌", "新材料", (), "有限公司"),
        ("恒昌（中国）投资有限公司", "恒昌", "投资", (), "有限公司"),
        ("恒昌（香港）贸易有限公司", "恒昌", "贸易", ("81",), "有限公司"),
        ("恒昌投资合伙企业（有限合伙）", "恒昌", "投资", (), "合伙企业(有限合伙)"),
        ("恒昌会计师事务所（特殊普通合伙）", "恒昌", "会计师", (), "事务所(特殊普通合伙)"),
        ("苏州工业园区恒昌软件有限公司", "恒昌", "软件", ("3205",), "有限公司"),
        ("上海恒昌商行", "恒昌", "", ("31",), "商行"),
        ("恒昌", "恒昌", "", (), ""),
        ("北京科技有限公司", "科技", "", ("11",), "有限公司"),
    ],
)
def test_a_name_is_taken_apart(full: str, brand: str, trade: str, regions: tuple[str, ...], form: str) -> None:
    name = a_chinese_name(full)

    assert (name.brand, name.trade, name.regions, name.legal_form) == (brand, trade, regions, form)


def test_core_is_brand_and_trade() -> None:
    assert a_chinese_name("深圳市恒昌信息技术有限公司").core == "恒昌信息科技"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("信息科技", "信息技术"),
        ("技术", "科技"),
        ("网络技术", "网络科技"),
        ("商贸", "贸易"),
        ("经贸", "工贸"),
        ("实业发展", "实业"),
    ],
)
def test_trades_that_mean_the_same_are_one(one: str, other: str) -> None:
    assert a_chinese_name(f"恒昌{one}有限公司").core == a_chinese_name(f"恒昌{other}有限公司").core


@pytest.mark.parametrize(
    "remark",
    [
        "（业务部）",
        "（总部）",
        "（筹）",
        "（清算组）",
        "（托管中）",
        "（个人独资）",
        "（中外合资）",
        "（2）",
        "（（筹））",
    ],
)
def test_a_bracketed_remark_is_dropped(remark: str) -> None:
    assert a_chinese_name(f"恒昌科技有限公司{remark}").full == "恒昌科技有限公司"


@pytest.mark.parametrize("short", ["朝阳", "长安", "和平", "新华", "东方"])
def test_short_names_of_districts_are_brands(short: str) -> None:
    name = a_chinese_name(f"{short}科技有限公司")

    assert (name.brand, name.regions) == (short, ())


def test_a_place_elsewhere_after_a_place_belongs_to_the_brand() -> None:
    assert a_chinese_name("上海南京路商城有限公司").regions == ("31",)


def test_a_place_shared_by_many_cities_tells_no_region_alone_but_does_within_its_city() -> None:
    assert a_chinese_name("鼓楼区恒昌超市有限公司").regions == ()
    assert a_chinese_name("南京市鼓楼区恒昌超市有限公司").regions == ("320106",)


def test_a_place_that_no_longer_exists_is_what_it_became() -> None:
    assert a_chinese_name("萧山市恒昌五金厂").regions == a_chinese_name("杭州市萧山区恒昌五金厂").regions


@pytest.mark.parametrize(
    "full", ["恒昌集团有限公司", "恒昌（集团）有限公司", "恒昌控股有限公司", "恒昌集团上海有限公司"]
)
def test_group_is_recognised_wherever_it_stands(full: str) -> None:
    name = a_chinese_name(full)

    assert (name.brand, name.group) == ("恒昌", True)


@pytest.mark.parametrize(
    ("full", "brand", "branch", "city"),
    [
        ("深圳市恒昌科技有限公司北京分公司", "恒昌", "北京", "11"),
        ("恒昌科技有限公司（广州）分公司", "恒昌", "广州", "4401"),
        ("恒昌北京分公司", "恒昌", "北京", "11"),
        ("恒昌银行深圳高新园支行", "恒昌", "深圳高新园", "4403"),
        ("恒昌证券股份有限公司上海南京路营业部", "恒昌", "上海南京路", "31"),
        ("恒昌集团分公司", "恒昌", "分公司", ""),
        ("恒昌集团成都子公司", "恒昌", "成都", "5101"),
    ],
)
def test_a_branch_keeps_the_name_of_its_head_office(full: str, brand: str, branch: str, city: str) -> None:
    name = a_chinese_name(full)

    assert (name.brand, name.branch, name.branch_city) == (brand, branch, city)


@pytest.mark.parametrize("full", ["深圳华强电子公司", "恒昌种子公司", "南山街道办事处", "恒昌集团电子公司"])
def test_what_only_ends_like_a_branch_is_none(full: str) -> None:
    assert a_chinese_name(full).branch == ""


@pytest.mark.parametrize(
    ("full", "numbers"),
    [
        ("中建一局集团有限公司", ("1",)),
        ("中铁十二局集团有限公司", ("12",)),
        ("中铁二十局集团有限公司", ("20",)),
        ("深圳市第二人民医院", ("2",)),
        ("恒昌360科技有限公司", ("360",)),
        ("三一重工股份有限公司", ()),
    ],
)
def test_numbers_that_tell_sisters_apart_are_digits(full: str, numbers: tuple[str, ...]) -> None:
    assert a_chinese_name(full).numbers == numbers


def test_a_hospital_keeps_its_kind_in_the_core_and_counts_as_a_full_name() -> None:
    name = a_chinese_name("深圳市恒昌医院")

    assert (name.core, name.legal_form) == ("恒昌医院", "医院")


@pytest.mark.parametrize("mark", ["*ST{}", "ST{}", "XD{}", "{}-W", "{}-SW", "{}A"])
def test_stock_exchange_marks_are_stripped(mark: str) -> None:
    assert a_chinese_name(mark.format("恒昌科技")).full == "恒昌科技"


def test_latin_letters_may_be_the_brand() -> None:
    assert a_chinese_name("北京ABC科技有限公司").brand == "abc"
