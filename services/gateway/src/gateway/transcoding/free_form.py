"""Structures that the contract leaves open (`google.protobuf.Struct`, `ListValue`, `Value`): any JSON, as it stands."""

from __future__ import annotations

import math
from collections.abc import Iterable

from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Struct, Value

from chassis.sound_values import DEEPEST_STRUCTURE
from gateway.transcoding.faults import Fault, Faulty, Key, Step
from gateway.transcoding.json_text import Json
from gateway.transcoding.scalars import read_number, read_text, write_number

MAX_DEPTH = DEEPEST_STRUCTURE
"""Arrays and objects inside one another. One level here is three of protobuf, which stops at 100."""

_LARGEST_WHOLE_DOUBLE = 2**53


def write_struct(struct: Struct) -> Json:
    """An object."""
    return {name: write_value(value) for name, value in struct.fields.items()}


def write_list(items: ListValue) -> Json:
    """An array."""
    return [write_value(item) for item in items.values]


def write_value(value: Value) -> Json:
    """Whatever it holds; whole numbers without a point, as they were most likely written."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "number_value":
        return _number(value.number_value)
    if kind == "bool_value":
        return value.bool_value
    if kind == "struct_value":
        return write_struct(value.struct_value)
    if kind == "list_value":
        return write_list(value.list_value)
    return None


def _number(number: float) -> Json:
    is_negative_zero = number == 0 and math.copysign(1, number) < 0
    if number.is_integer() and abs(number) <= _LARGEST_WHOLE_DOUBLE and not is_negative_zero:
        return int(number)
    return write_number(number)


def read_struct(value: Json) -> Struct | None:
    """Objects only."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Faulty.here("object", "must be an object")
    return _struct(value, 0)


def read_list(value: Json) -> ListValue | None:
    """Arrays only."""
    if value is None:
        return None
    if not isinstance(value, list):
        raise Faulty.here("array", "must be an array")
    return _list(value, 0)


def read_value(value: Json) -> Value:
    """Anything, null included."""
    return _value(value, 0)


def _value(value: Json, depth: int) -> Value:
    if depth > MAX_DEPTH:
        raise Faulty.here("depth", f"must not be nested more than {MAX_DEPTH} levels deep")
    if value is None:
        return Value(null_value=NULL_VALUE)
    if isinstance(value, bool):
        return Value(bool_value=value)
    if isinstance(value, str):
        return Value(string_value=read_text(value))
    if isinstance(value, list):
        return Value(list_value=_list(value, depth))
    if isinstance(value, dict):
        return Value(struct_value=_struct(value, depth))
    return Value(number_value=read_number(value))


def _struct(members: dict[str, Json], depth: int) -> Struct:
    values = _each(((Key(name), item) for name, item in members.items()), depth)
    return Struct(fields=dict(zip(map(read_text, members), values, strict=True)))


def _list(items: list[Json], depth: int) -> ListValue:
    return ListValue(values=_each(enumerate(items), depth))


def _each(items: Iterable[tuple[Step, Json]], depth: int) -> list[Value]:
    values: list[Value] = []
    faults: list[Fault] = []
    for step, item in items:
        try:
            values.append(_value(item, depth + 1))
        except Faulty as inside:
            faults.extend(inside.under(step))
    if faults:
        raise Faulty(faults)
    return values
