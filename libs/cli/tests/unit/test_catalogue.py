"""Texts: there in both languages, with the same placeholders, for every command and every reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from throughline_cli import catalogue
from throughline_cli.application import command_tree, keys_of, walk
from throughline_cli.catalogue import Texts, locale_of, take_locale

_SOURCE = Path(catalogue.__file__).parent
_FUNCTIONS = {"texts", "say", "note", "Failure"}


def test_texts_are_there_in_both_languages_with_the_same_placeholders() -> None:
    for key, texts in catalogue.entries().items():
        assert set(texts) == {"zh-CN", "en"}, key
        assert _placeholders(texts["zh-CN"]) == _placeholders(texts["en"]), key


def test_texts_in_chinese_are_chinese() -> None:
    english = []
    for key, texts in catalogue.entries().items():
        words = re.sub(r"\{\w+\}", "", texts["zh-CN"])
        if not re.search(r"[\u4e00-\u9fff]", words) and re.search(r"[a-z]{4}", words):
            english.append(key)

    assert english == []


def test_every_text_that_the_code_asks_for_is_there() -> None:
    missing = {key for file in _SOURCE.rglob("*.py") for key in _keys_asked_for(file) if key not in catalogue.entries()}

    assert missing == set()


def test_every_command_and_option_is_explained() -> None:
    keys = {key for path, command in walk(command_tree(Texts("en"))) for key in keys_of(path, command)}

    assert keys <= set(catalogue.entries())
    unused = {key for key in catalogue.entries() if key.startswith(("help.", "option."))} - keys
    assert unused <= {key for key in unused if key.startswith(("help.title.", "help.aborted"))}


def test_every_command_speaks_json() -> None:
    commands = [
        (path, command) for path, command in walk(command_tree(Texts("en"))) if not hasattr(command, "commands")
    ]

    without = [path for path, command in commands if "as_json" not in {option.name for option in command.params}]

    assert without == []


@pytest.mark.parametrize(
    ("environment", "locale"),
    [
        ({}, "zh-CN"),
        ({"LANG": "C.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LANG": "zh_TW.UTF-8"}, "zh-CN"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
    ],
)
def test_language_follows_the_environment(environment: dict[str, str], locale: str) -> None:
    assert locale_of(environment) == locale


@pytest.mark.parametrize("arguments", [["--lang", "en", "up"], ["up", "--lang=en"], ["up", "--lang", "en-US"]])
def test_option_for_the_language_may_stand_anywhere(arguments: list[str]) -> None:
    assert take_locale(arguments, {}) == ("en", ["up"])


def test_option_behind_two_dashes_is_left_alone() -> None:
    assert take_locale(["bench", "--", "--lang", "en"], {}) == ("zh-CN", ["bench", "--", "--lang", "en"])


def test_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="fr"):
        take_locale(["--lang", "fr"], {})


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _keys_asked_for(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(first := node.args[0], ast.Constant):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in _FUNCTIONS and isinstance(first.value, str):
                yield first.value
            elif name == "FileRefused":
                yield f"file.{first.value!s}"
