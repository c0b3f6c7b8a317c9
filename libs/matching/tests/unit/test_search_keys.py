from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.search_keys import LONGEST_KEY, beginning_of, closeness, search_keys

NAMES = ["重庆恒昌信息技术有限公司", "HC Group"]
CODE = "91330100799655058B"


def finds(query: str) -> bool:
    return any(key.startswith(beginning_of(query)) for key in search_keys(NAMES, CODE))


@pytest.mark.parametrize(
    "query",
    [
        "重庆",
        "恒昌",
        "技术有限",
        "hengchang",
        "Heng Chang",
        "HCXX",
        "cqhc",
        "chongqing",
        "zhongqing",
        "hc group",
        "9133",
        "ＨＣ",
    ],
)
def test_part_of_a_name_its_sound_its_initials_or_the_code_finds_it(query: str) -> None:
    assert finds(query)


@pytest.mark.parametrize("query", ["恒唱", "engchang", "0100799655058", "hcg x"])
def test_what_is_not_in_it_does_not_find_it(query: str) -> None:
    assert not finds(query)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=50), st.data())
def test_every_part_of_every_chinese_name_finds_it(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))

    assert any(key.startswith(beginning_of(name[start:end])) for key in search_keys([name]))


@given(st.text(max_size=300))
def test_keys_are_short_and_never_empty_whatever_the_name(name: str) -> None:
    keys = search_keys([name])

    assert all(0 < len(key) <= LONGEST_KEY for key in keys)


def test_what_a_query_says_most_of_is_nearest() -> None:
    whole, part, none = (
        closeness("hengchang", ["恒昌"]),
        closeness("hengchang", ["恒昌信息"]),
        closeness("恒唱", ["恒昌"]),
    )

    assert whole == 1.0
    assert 0 < part < whole
    assert none == 0.0
