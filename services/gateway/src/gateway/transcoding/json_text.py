"""JSON as text, read strictly: UTF-8 only, no duplicate names, no NaN, a bounded depth."""

from __future__ import annotations

import json
import math
from typing import NoReturn

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_MAX_INTEGER_DIGITS = 400


class MalformedJson(ValueError):
    """The text is no JSON. `line` and `column` count from 1, `column` in characters."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"{message} at line {line}, column {column}")
        self.message = message
        self.line = line
        self.column = column


class _Refused(ValueError):
    pass


def parse(text: bytes) -> Json:
    """The value that the text describes.

    Raises:
        MalformedJson: it is no JSON by RFC 8259, an object names a member twice, a number is beyond a double, or arrays
            and objects are nested too deeply to read.
    """
    try:
        characters = text.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _place(text[: error.start].decode("utf-8"))
        raise MalformedJson("not UTF-8", line, column) from error
    try:
        value: Json = _DECODER.decode(characters)
    except json.JSONDecodeError as error:
        raise MalformedJson(error.msg.lower(), error.lineno, error.colno) from error
    except RecursionError as error:
        raise MalformedJson("nested too deeply", 1, 1) from error
    except _Refused as error:
        # The scanner does not say where it stands when it calls back.
        line, column = _place(characters)
        raise MalformedJson(f"{error}, somewhere before the end", line, column) from error
    return value


def dump(value: Json) -> bytes:
    """The shortest text of the value, in UTF-8."""
    return _ENCODER.encode(value).encode("utf-8")


def _place(before: str) -> tuple[int, int]:
    last_break = before.rfind("\n")
    return before.count("\n") + 1, len(before) - last_break


def _unique(members: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(members)
    if len(found) != len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Refused(f"{twice[:100]!r} stands twice in one object")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _Refused("a number is too large")
    return number


def _bounded(text: str) -> int:
    # Python's own limit is larger, and turning many such numbers into integers costs square time.
    if len(text) > _MAX_INTEGER_DIGITS:
        raise _Refused("a number is too large")
    return int(text)


def _no_constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is no JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_int=_bounded, parse_constant=_no_constant
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
