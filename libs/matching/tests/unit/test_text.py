from __future__ import annotations

from importlib import resources
from importlib.metadata import version

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.pinyin import fuzzy_syllables, syllables, word_syllables
from matching.text import normalise_name_text, normalise_text

from ..builders import unhurried


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("ＡＢＣ　科技", "abc 科技"),
        ("恒昌\u200b科技\ufeff", "恒昌科技"),
        ("【恒昌】〔科技〕《有》「限」[公]{司}", "(恒昌)(科技)(有)(限)(公)(司)"),
        ("騰訊科技", "腾讯科技"),
        ("薴麻紡織", "苎麻纺织"),
        ("㈱恒昌", "(株)恒昌"),
        ("  Acme \t Trading  ", "acme trading"),
    ],
)
def test_text_has_one_width_case_script_and_kind_of_bracket(typed: str, normal: str) -> None:
    assert normalise_text(typed) == normal


def test_characters_are_simplified_one_by_one_and_not_by_their_neighbours() -> None:
    # As a phrase, 乾隆 keeps its first character.
    assert normalise_text("乾隆") == "干隆"


def test_a_chinese_name_loses_blanks_and_punctuation_but_brackets_and_ampersand() -> None:
    assert normalise_name_text("恒·昌，科 技（深圳）A&B-有限公司。") == "恒昌科技(深圳)a&b有限公司"


@unhurried
@given(st.text())
def test_normalising_text_twice_changes_nothing(text: str) -> None:
    once = normalise_text(text)

    assert normalise_text(once) == once


@unhurried
@given(st.text())
def test_normalising_name_text_twice_changes_nothing(text: str) -> None:
    once = normalise_name_text(text)

    assert normalise_name_text(once) == once


def test_pinyin_is_toneless_with_one_reading_a_character() -> None:
    assert syllables("恒昌ab1") == ("heng", "chang", "a", "b", "1")


def test_pinyin_of_a_word_chooses_readings_by_the_word_and_keeps_one_for_each_character() -> None:
    assert word_syllables("重庆A1医院") == ("chong", "qing", "A", "1", "yi", "yuan")
    assert syllables("重庆")[0] == "zhong"


@pytest.mark.parametrize(("one", "other"), [("张", "赞"), ("恒昌", "痕餐"), ("山", "三"), ("英", "音")])
def test_fuzzy_pinyin_merges_what_dialects_merge(one: str, other: str) -> None:
    assert fuzzy_syllables(one) == fuzzy_syllables(other)


@pytest.mark.parametrize(("one", "other"), [("恒", "横店"), ("刘", "牛"), ("胡", "福")])
def test_fuzzy_pinyin_keeps_other_sounds_apart(one: str, other: str) -> None:
    assert fuzzy_syllables(one) != fuzzy_syllables(other)


def test_the_words_with_readings_of_their_own_are_those_of_the_installed_library() -> None:
    head, *_ = resources.files("matching").joinpath("word_readings.txt").read_text(encoding="utf-8").splitlines()

    assert f"pypinyin {version('pypinyin')} " in head, "run tools/generate_word_readings.py"
