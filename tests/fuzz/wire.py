"""Protobuf's wire format by hand, for messages that no library would write."""

from __future__ import annotations

from google.protobuf.descriptor import FieldDescriptor

VARINT, FIXED64, DELIMITED, START_GROUP, END_GROUP, FIXED32 = range(6)

LONGEST_VARINT = b"\xff" * 9 + b"\x01"
"""All 64 bits set."""
OVERLONG_VARINT = b"\xff" * 10 + b"\x01"
"""One byte more than any varint may have."""

_F = FieldDescriptor
_WIRE_TYPES = {
    **dict.fromkeys((_F.TYPE_STRING, _F.TYPE_BYTES, _F.TYPE_MESSAGE), DELIMITED),
    **dict.fromkeys((_F.TYPE_DOUBLE, _F.TYPE_FIXED64, _F.TYPE_SFIXED64), FIXED64),
    **dict.fromkeys((_F.TYPE_FLOAT, _F.TYPE_FIXED32, _F.TYPE_SFIXED32), FIXED32),
}


def varint(number: int) -> bytes:
    """A whole number; a negative one as its two's complement of 64 bits."""
    left, groups = number % 2**64, bytearray()
    while left > 0x7F:
        groups.append(left & 0x7F | 0x80)
        left >>= 7
    groups.append(left)
    return bytes(groups)


def tag(number: int, wire_type: int) -> bytes:
    """What stands before a field's value."""
    return varint(number << 3 | wire_type)


def delimited(number: int, content: bytes) -> bytes:
    """A field of text, bytes or a message."""
    return tag(number, DELIMITED) + varint(len(content)) + content


def wire_type_of(field: FieldDescriptor) -> int:
    """How the values of a field are written, one by one."""
    return _WIRE_TYPES.get(field.type, VARINT)


def field_of(field: FieldDescriptor, value: bytes) -> bytes:
    """A field with the given bytes as its value, whatever they are."""
    wire_type = wire_type_of(field)
    return delimited(field.number, value) if wire_type == DELIMITED else tag(field.number, wire_type) + value


def of_wrong_types(field: FieldDescriptor) -> list[bytes]:
    """The field with well-formed values of every wire type but its own, groups without an end among them."""
    values = {
        VARINT: varint(7),
        FIXED64: b"\x01" * 8,
        DELIMITED: b"\x03\xff\xff\xff",
        START_GROUP: b"",
        END_GROUP: b"",
        FIXED32: b"\x01" * 4,
        6: b"",
        7: b"",
    }
    return [tag(field.number, kind) + value for kind, value in values.items() if kind != wire_type_of(field)]
