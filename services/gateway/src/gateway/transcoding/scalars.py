"""Single values between protobuf and JSON: numbers, text, bytes, and the names of enum values."""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from gateway.transcoding.faults import Faulty
from gateway.transcoding.json_text import Json

Encode = Callable[[Any], Json]
Decode = Callable[[Json], Any]
"""Raises `Faulty`. None stands for "unset" and comes back only for JSON's null."""

_F = FieldDescriptor
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,19})")
_NARROW = {
    _F.TYPE_INT32: (-(2**31), 2**31 - 1),
    _F.TYPE_SINT32: (-(2**31), 2**31 - 1),
    _F.TYPE_SFIXED32: (-(2**31), 2**31 - 1),
    _F.TYPE_UINT32: (0, 2**32 - 1),
    _F.TYPE_FIXED32: (0, 2**32 - 1),
}
_WIDE = {
    _F.TYPE_INT64: (-(2**63), 2**63 - 1),
    _F.TYPE_SINT64: (-(2**63), 2**63 - 1),
    _F.TYPE_SFIXED64: (-(2**63), 2**63 - 1),
    _F.TYPE_UINT64: (0, 2**64 - 1),
    _F.TYPE_FIXED64: (0, 2**64 - 1),
}


def integer_range(field_type: int) -> tuple[int, int]:
    """Smallest and largest value of an integer type."""
    return _NARROW.get(field_type) or _WIDE[field_type]


def is_narrow_integer(field_type: int) -> bool:
    """Whether it is an integer of 32 bits, a number in JSON."""
    return field_type in _NARROW


def is_wide_integer(field_type: int) -> bool:
    """Whether it is an integer of 64 bits, which JavaScript cannot hold: a string in JSON."""
    return field_type in _WIDE


def scalar(field_type: int) -> tuple[Encode | None, Decode]:
    """How a scalar type is written and read. No writer: the value stands for itself."""
    if field_type in _NARROW:
        return None, _narrow(*_NARROW[field_type])
    if field_type in _WIDE:
        return str, _wide(*_WIDE[field_type])
    return _OTHERS[field_type]


def enum(descriptor: EnumDescriptor) -> tuple[Encode, Decode]:
    """How an enum is written and read: names without prefix, null for the value that says nothing."""
    numbers = enum_numbers(descriptor)
    # Of two names for one number, the first is the one to write.
    names = {number: name for name, number in reversed(numbers.items())}
    if 0 not in names:
        names_or_null: dict[int, str | None] = {0: None, **names}
    else:
        names_or_null = dict(names)
    listed = ", ".join(numbers)

    def encode(number: int) -> Json:
        try:
            return names_or_null[number]
        except KeyError:
            return f"UNRECOGNIZED_{number}"

    def decode(value: Json) -> int | None:
        if value is None:
            return None
        if isinstance(value, str) and value in numbers:
            return numbers[value]
        raise Faulty.here("enum", f"must be one of {listed}")

    return encode, decode


def enum_numbers(descriptor: EnumDescriptor) -> dict[str, int]:
    """Numbers by name, prefix taken off (`LEAD_STATE_ASSIGNED` is `ASSIGNED`), the `…_UNSPECIFIED` zero left out."""
    prefix = enum_prefix(descriptor.name)
    names = {value.name: value.number for value in descriptor.values}
    if all(name.startswith(prefix) and name != prefix for name in names):
        names = {name.removeprefix(prefix): number for name, number in names.items()}
    return {name: number for name, number in names.items() if number or not name.endswith("UNSPECIFIED")}


def enum_prefix(name: str) -> str:
    """What buf's lint asks the values' names to begin with: `LEAD_STATE_` for `LeadState`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).upper() + "_"


def _narrow(smallest: int, largest: int) -> Decode:
    def decode(value: Json) -> int:
        # JSON has one kind of number: 3.0 is a whole one.
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Faulty.here("integer", "must be a whole number")
        if not smallest <= value <= largest:
            raise Faulty.here("integer.range", f"must be from {smallest} to {largest}")
        return value

    return decode


def _wide(smallest: int, largest: int) -> Decode:
    def decode(value: Json) -> int:
        if not isinstance(value, str) or not _WHOLE.fullmatch(value):
            raise Faulty.here("integer64", "must be a whole number in a string")
        number = int(value)
        if not smallest <= number <= largest:
            raise Faulty.here("integer64.range", f"must be from {smallest} to {largest}")
        return number

    return decode


def _read_bool(value: Json) -> bool:
    if not isinstance(value, bool):
        raise Faulty.here("boolean", "must be true or false")
    return value


def read_text(value: Json) -> str:
    """A string that UTF-8 can carry; JSON's escapes can name half a character, which it cannot."""
    if not isinstance(value, str):
        raise Faulty.here("string", "must be a string")
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise Faulty.here("string.utf8", "must not hold half of a surrogate pair") from error
    return value


def read_number(value: Json) -> float:
    """Any number that a double can hold, whole ones included."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise Faulty.here("number", "must be a number")
    try:
        return float(value)
    except OverflowError as error:
        raise Faulty.here("number.range", "must fit into a double") from error


def _read_float32(value: Json) -> float:
    number = read_number(value)
    try:
        struct.pack("<f", number)
    except OverflowError as error:
        raise Faulty.here("number.range", "must fit into a float of 32 bits") from error
    return number


def write_number(value: float) -> Json:
    """The number; null for infinity and "not a number", which JSON does not know."""
    return value if math.isfinite(value) else None


def _write_float32(value: float) -> Json:
    """The shortest decimal that reads back as the same float of 32 bits: 0.1, not 0.10000000149011612."""
    if not math.isfinite(value):
        return None
    narrow = struct.pack("<f", value)
    return next(short for digits in range(6, 10) if struct.pack("<f", short := float(f"{value:.{digits}g}")) == narrow)


def _write_bytes(value: bytes) -> Json:
    return base64.b64encode(value).decode("ascii")


def _read_bytes(value: Json) -> bytes:
    if isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            pass
    raise Faulty.here("bytes", "must be base64 in a string")


_OTHERS: dict[int, tuple[Encode | None, Decode]] = {
    _F.TYPE_BOOL: (None, _read_bool),
    _F.TYPE_STRING: (None, read_text),
    _F.TYPE_DOUBLE: (write_number, read_number),
    _F.TYPE_FLOAT: (_write_float32, _read_float32),
    _F.TYPE_BYTES: (_write_bytes, _read_bytes),
}
