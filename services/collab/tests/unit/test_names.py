from __future__ import annotations

from collab.domain.names import sort_key


def test_chinese_names_are_listed_by_their_sound_syllable_by_syllable() -> None:
    names = ["张伟", "李娜", "先锋", "西安", "王芳", "Alice", "bob"]

    assert sorted(names, key=sort_key) == ["Alice", "bob", "李娜", "王芳", "西安", "先锋", "张伟"]
