"""What no message may hold, whatever its contract says: values that a later reader of it could not take.

PostgreSQL keeps no NUL in text, JSON knows no infinity, Python's calendar ends with the year 9999 and reckons badly
close to it. A contract would have to repeat this on every field, and the field that forgot it would be answered by
INTERNAL; here it holds for all of them, the fields of tomorrow included.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from buf.validate import validate_pb2
from chassis.errors import Violation

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Moments lie from the one to before the other: wide enough for any business, and days away from what overflows."""
DEEPEST_STRUCTURE = 30
"""Arrays and objects inside one another, as deep as the gateway reads them."""

_MOST_NANOS = 999_999_999
_LONGEST_SPAN_S = 315_576_000_000
"""10,000 years, as protobuf defines it."""
_FIRST_S, _END_S = int(EARLIEST.timestamp()), int(LATEST.timestamp())
_RULES: Any = validate_pb2.field
_F = FieldDescriptor


def unsound(message: Message, path: str = "", depth: int = 0) -> Iterator[Violation]:
    """The faults of a message, by the paths of the fields."""
    name = message.DESCRIPTOR.full_name
    if (fault_of := _WHOLE.get(name)) is not None and (fault := fault_of(message)):
        yield Violation(path, *fault)
    if name == "google.protobuf.Value":
        depth += 1
        if depth > DEEPEST_STRUCTURE:
            yield Violation(path, "depth", f"must not be nested more than {DEEPEST_STRUCTURE} levels deep")
            return
    for field, value in message.ListFields():
        if field.type in _LOOKED_AT and not _is_left_to_others(field):
            yield from _of_field(field, value, f"{path}.{field.name}" if path else field.name, depth)


def _of_field(field: FieldDescriptor, value: Any, path: str, depth: int) -> Iterator[Violation]:
    if not field.is_repeated:
        yield from _of_value(value, path, depth)
    elif field.message_type is not None and field.message_type.GetOptions().map_entry:
        for key in value:
            place = f'{path}["{key}"]' if isinstance(key, str) else f"{path}[{key}]"
            yield from _of_value(key, place, depth)
            yield from _of_value(value[key], place, depth)
    else:
        for number, one in enumerate(value):
            yield from _of_value(one, f"{path}[{number}]", depth)


def _of_value(value: Any, path: str, depth: int) -> Iterator[Violation]:
    match value:
        case str():
            if "\0" in value:
                yield Violation(path.replace("\0", "\\0"), "string.nul", "must not hold the character NUL (U+0000)")
        case float():
            if not math.isfinite(value):
                yield Violation(path, "number.finite", "must be a finite number")
        case Message():
            yield from unsound(value, path, depth)


def _moment_fault(moment: Any) -> tuple[str, str] | None:
    if _FIRST_S <= moment.seconds < _END_S and 0 <= moment.nanos <= _MOST_NANOS:
        return None
    return "timestamp.range", f"must be a time in the years {EARLIEST.year} to {LATEST.year - 1}"


def _span_fault(span: Any) -> tuple[str, str] | None:
    if abs(span.seconds) <= _LONGEST_SPAN_S and _are_of_one_sign(span.seconds, span.nanos):
        return None
    return "duration.range", f"must be at most {_LONGEST_SPAN_S}s, with seconds and nanoseconds of one sign"


def _money_fault(money: Any) -> tuple[str, str] | None:
    if _are_of_one_sign(money.units, money.nanos):
        return None
    return "money.nanos", "must be less than one unit, and of the same sign as the units"


def _are_of_one_sign(whole: int, nanos: int) -> bool:
    return abs(nanos) <= _MOST_NANOS and whole * nanos >= 0


@cache
def _is_left_to_others(field: FieldDescriptor) -> bool:
    """Fields that the contract leaves unchecked are for the servicer to check, so that it can refuse one of many."""
    return bool(field.GetOptions().Extensions[_RULES].ignore == validate_pb2.IGNORE_ALWAYS)


_LOOKED_AT = frozenset({_F.TYPE_STRING, _F.TYPE_MESSAGE, _F.TYPE_DOUBLE, _F.TYPE_FLOAT})
_WHOLE: dict[str, Callable[[Any], tuple[str, str] | None]] = {
    "google.protobuf.Timestamp": _moment_fault,
    "google.protobuf.Duration": _span_fault,
    "google.type.Money": _money_fault,
}
