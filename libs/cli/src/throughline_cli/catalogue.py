"""Every text that the command says to a person, in the languages of the product, by key.

The texts lie in `texts/*.json`: key, then language. Error texts of the services come from the services, in the language
that is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import cast

from chassis.error_texts import DEFAULT_LOCALE, LOCALES, Locale

_LANG = "--lang"
_SETTINGS = ("LC_ALL", "LC_MESSAGES", "LANG")
_SAYS_NOTHING = ("", "c", "posix")


class Texts:
    """The catalogue in one language."""

    def __init__(self, locale: Locale = DEFAULT_LOCALE) -> None:
        self.locale = locale

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of a key with its placeholders filled.

        Raises:
            KeyError: there is no such text, or a placeholder has no value.
        """
        return entries()[key][self.locale].format(**values)

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in entries()

    def word(self, group: str, value: str) -> str:
        """The name of a value that the suite knows, such as a state; the value itself where it is a new one."""
        return self(f"{group}.{value}") if self.has(f"{group}.{value}") else value


@cache
def entries() -> Mapping[str, Mapping[Locale, str]]:
    """All texts: by key, then by language."""
    found: dict[str, Mapping[Locale, str]] = {}
    for file in sorted(resources.files("throughline_cli").joinpath("texts").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".json"):
            found |= cast("dict[str, Mapping[Locale, str]]", json.loads(file.read_text(encoding="utf-8")))
    return found


def locale_of(environment: Mapping[str, str]) -> Locale:
    """The language that the environment asks for (LC_ALL, LC_MESSAGES, LANG); Chinese where it says nothing.

    A language that the product does not speak gets English.
    """
    for setting in _SETTINGS:
        tag = environment.get(setting, "").partition(".")[0].replace("_", "-")
        if tag.lower() not in _SAYS_NOTHING:
            return _nearest(tag)
    return DEFAULT_LOCALE


def take_locale(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[Locale, list[str]]:
    """The language to speak, and the arguments without `--lang`, which may stand anywhere before a `--`.

    Raises:
        ValueError: `--lang` names none of our languages; the text is meant for whoever typed it.
    """
    rest, found = [], ""
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument == _LANG:
            found = next(waiting, "?")
        elif argument.startswith(f"{_LANG}="):
            found = argument.removeprefix(f"{_LANG}=")
        else:
            rest.append(argument)
    if not found:
        return locale_of(environment), rest
    if found.lower().partition("-")[0] not in {locale.partition("-")[0] for locale in LOCALES}:
        message = f"{_LANG} must be one of {', '.join(LOCALES)}, not {found}"
        raise ValueError(message)
    return _nearest(found), rest


def _nearest(tag: str) -> Locale:
    primary = tag.lower().partition("-")[0]
    return next((locale for locale in LOCALES if locale.partition("-")[0] == primary), "en")
