from __future__ import annotations

import pytest

from matching.identity import parse_company

from ..builders import an_english_name


@pytest.mark.parametrize(
    ("full", "brand", "trade", "regions"),
    [
        ("Hengchang Technologies Co., Ltd.", "hengchang", "technology", ()),
        ("SHENZHEN HENGCHANG TECH CO LTD", "hengchang", "technology", ("4403",)),
        ("Hong Kong Hengchang Holdings Limited", "hengchang", "", ("81",)),
        ("The Hengchang Group, Inc.", "hengchang", "", ()),
        ("Hengchang (China) Trading GmbH", "hengchang", "trading", ()),
        ("Bank of China", "china", "bank", ()),
    ],
)
def test_a_name_is_taken_apart(full: str, brand: str, trade: str, regions: tuple[str, ...]) -> None:
    name = an_english_name(full)

    assert (name.brand, name.trade, name.regions) == (brand, trade, regions)


@pytest.mark.parametrize(
    "form", ["Co., Ltd.", "Inc.", "Corp.", "Company Limited", "LLC", "L.L.C.", "PLC", "GmbH", "Group"]
)
def test_legal_forms_do_not_reach_the_core(form: str) -> None:
    assert an_english_name(f"Hengchang Software {form}").core == "hengchangsoftware"


@pytest.mark.parametrize(
    ("both", "chinese", "english"),
    [
        ("恒昌科技有限公司 Hengchang Tech Co., Ltd.", "恒昌科技有限公司", "hengchang tech co ltd"),
        ("恒昌科技有限公司（Hengchang）", "恒昌科技有限公司", "hengchang"),
        ("Hengchang Tech 恒昌科技有限公司", "恒昌科技有限公司", "hengchang tech"),
    ],
)
def test_a_name_written_twice_is_kept_twice(both: str, chinese: str, english: str) -> None:
    first, second = parse_company(both)

    assert first is not None
    assert second is not None
    assert (first.full, second.full) == (chinese, english)


def test_letters_within_a_chinese_name_are_no_english_name() -> None:
    first, second = parse_company("TCL集团股份有限公司")

    assert first is not None
    assert (first.brand, second) == ("tcl", None)


@pytest.mark.parametrize("nothing", ["", "无", "不详", "N/A", "...", "（）"])
def test_nothing_said_is_no_name(nothing: str) -> None:
    assert parse_company(nothing) == (None, None)
