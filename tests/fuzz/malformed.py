"""What a plausible request can be made into by one wrong value at one place, and what no longer is a request at all."""

from __future__ import annotations

import json
import random
import struct
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.struct_pb2 import Struct

from chassis import pages
from chassis.ids import new_id

from .plausible import Plausible
from .wire import (
    DELIMITED,
    FIXED64,
    LONGEST_VARINT,
    OVERLONG_VARINT,
    VARINT,
    delimited,
    field_of,
    of_wrong_types,
    tag,
    varint,
    wire_type_of,
)

Variant = tuple[str, bytes]
"""Where and how it is wrong, for people; and the bytes."""

_F = FieldDescriptor
_DEEPEST = 5
_TEXTS = ("", "\0", "a\0b", " ", "x" * 70_000, "\u202e\U0010ffff\ufffe", "'; --", "../%00", "-1", "９")
_NO_UTF8 = (b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80", b"a\x80")
_IDS = ("not an id", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "\uff10" * 36)
_WHOLE = (-(2**63), -(2**31), -1, 0, 2**31 - 1, 2**31, 2**53, 2**63 - 1)
_DOUBLES = (float("nan"), float("inf"), float("-inf"), 1.7e308, -0.0)
_ENUMS = (-(2**31), -1, 0, 9_999, 2**31 - 1)
_EDGES_OF_TIME_S = (
    -62_135_596_801,  # the last second before the year 1
    -62_135_596_800,
    -2_208_988_801,  # the last second before 1900
    -2_208_988_800,
    7_258_118_399,
    7_258_118_400,  # 2200 begins
    253_402_300_799,
    253_402_300_800,  # the year 10000 begins
)
_SPANS_S = (-315_576_000_001, -315_576_000_000, 315_576_000_000, 315_576_000_001)


class Malformed:
    """Makes variants of requests; the same ones for the same seed."""

    def __init__(self, plausible: Plausible, seed: int) -> None:
        self._plausible = plausible
        self._seed = seed

    def of(self, request: Message) -> list[Variant]:
        """All variants of a request."""
        dice = random.Random(f"{self._seed}{request.DESCRIPTOR.full_name}")
        return [
            *_of_the_whole(request.SerializeToString(), dice),
            *_with_forged_token(request, dice),
            *self._of_fields(request, 0),
        ]

    def _of_fields(self, message: Message, depth: int) -> Iterator[Variant]:
        """Each field in turn with a wrong value, all others left as they are."""
        for field in message.DESCRIPTOR.fields:
            rest = type(message)()
            rest.CopyFrom(message)
            rest.ClearField(field.name)
            before = rest.SerializeToString()
            for told, raw in self._of_field(message, field, depth):
                yield f"{field.name}{told}", before + raw

    def _of_field(self, message: Message, field: Any, depth: int) -> Iterator[Variant]:
        yield " twice", field_of(field, b"\x01") * 2
        for raw in of_wrong_types(field):
            yield f" of another type {raw[:12].hex()}", raw
        for told, value in _values(field):
            yield f" = {told}", field_of(field, value)
        if field.message_type is None:
            return
        if field.message_type is Struct.DESCRIPTOR:
            yield from ((told, delimited(field.number, raw)) for told, raw in _structs(getattr(message, field.name)))
            return
        for told, raw in _special_messages(field.message_type.full_name):
            yield f" = {told}", delimited(field.number, raw)
        if depth < _DEEPEST:
            for told, raw in self._of_fields(self._inner(message, field), depth + 1):
                yield f".{told}", delimited(field.number, raw)

    def _inner(self, message: Message, field: Any) -> Message:
        """The message that stands in a field, or the first of those; a plausible one where there is none."""
        if field.message_type.GetOptions().map_entry:
            return GetMessageClass(field.message_type)(**_first_entry(getattr(message, field.name)))
        held: Any = getattr(message, field.name)
        if field.is_repeated:
            held = held[0] if held else self._plausible.message(field.message_type)
        return held  # type: ignore[no-any-return]  # a field of message type holds a message


def _first_entry(entries: Any) -> dict[str, Any]:
    return next(({"key": key, "value": entries[key]} for key in entries), {"key": "word"})


def _of_the_whole(whole: bytes, dice: random.Random) -> Iterator[Variant]:
    yield "empty", b""
    for size in (1, 7, 60, 400):
        yield f"{size} random bytes", dice.randbytes(size)
    for _ in range(min(4, len(whole))):
        end = dice.randrange(len(whole))
        yield f"cut after {end} bytes", whole[:end]
    yield "unknown fields", whole + tag(9_000, VARINT) + LONGEST_VARINT + delimited(9_001, b"\xff\0") * 3
    yield "field 0", whole + delimited(0, b"x")
    yield "an overlong varint", whole + tag(1, VARINT) + OVERLONG_VARINT
    yield "a length beyond the end", whole + tag(1, DELIMITED) + varint(2**31)
    yield "a negative length", whole + tag(1, DELIMITED) + LONGEST_VARINT
    yield "deep nesting of the unknown", whole + _nested(9_002, 500)
    yield "deep groups", whole + tag(9_003, 3) * 5_000
    yield "more than a message may have", whole + delimited(9_004, bytes(4 * 1024 * 1024))


def _values(field: FieldDescriptor) -> Iterator[Variant]:
    """Values of the field's own wire type that mean something strange, or nothing."""
    if field.type == _F.TYPE_STRING:
        texts = (*_TEXTS, *_IDS) if field.name.endswith(("id", "ids")) else _TEXTS
        yield from ((repr(text[:12]), text.encode()) for text in texts)
        yield from ((f"no UTF-8 {raw.hex()}", raw) for raw in _NO_UTF8)
    elif field.type == _F.TYPE_DOUBLE:
        yield from ((str(number), struct.pack("<d", number)) for number in _DOUBLES)
    elif field.message_type is not None:
        yield "empty", b""
        yield "no message", b"\xff\xff"
        yield "nested deeply", _nested(1, 200)
    elif wire_type_of(field) == VARINT:
        numbers: Sequence[int] = _ENUMS if field.enum_type is not None else _WHOLE
        yield from ((str(number), varint(number)) for number in numbers)
        yield "the longest varint", LONGEST_VARINT
        yield "an overlong varint", OVERLONG_VARINT


def _special_messages(name: str) -> Iterator[Variant]:
    """Values of well-known types at the edges of what they, the database and Python's calendar can hold."""
    if name == "google.protobuf.Timestamp":
        yield from ((f"{seconds}s", tag(1, VARINT) + varint(seconds)) for seconds in _EDGES_OF_TIME_S)
        yield "now and -1 ns", tag(1, VARINT) + varint(1_780_000_000) + tag(2, VARINT) + varint(-1)
    elif name == "google.protobuf.Duration":
        yield from ((f"{seconds}s", tag(1, VARINT) + varint(seconds)) for seconds in _SPANS_S)
        yield "1 s and -1 ns", tag(1, VARINT) + varint(1) + tag(2, VARINT) + varint(-1)
    elif name == "google.type.Money":
        yield "1 and -1 nano", delimited(1, b"CNY") + tag(2, VARINT) + varint(1) + tag(3, VARINT) + varint(-1)


def _structs(whole: Struct) -> Iterator[Variant]:
    """The document with each of its members in turn replaced by values that JSON, databases or readers choke on."""
    values = {
        "nothing": b"",
        "no number": tag(2, FIXED64) + struct.pack("<d", float("nan")),
        "infinity": tag(2, FIXED64) + struct.pack("<d", float("-inf")),
        "a large number": tag(2, FIXED64) + struct.pack("<d", 1.7e308),
        "a fraction": tag(2, FIXED64) + struct.pack("<d", -0.1),
        "text with NUL": delimited(3, b"a\0b"),
        "long text": delimited(3, b"x" * 70_000),
        "an object": delimited(5, b""),
        "an empty list": delimited(6, b""),
        "lists, 60 messages deep": _nested_lists(30),
        "null": tag(1, VARINT) + varint(0),
    }
    for path in _paths(whole):
        for told, value in values.items():
            yield f".{'.'.join(path)} = {told}", _replaced(whole, path, value)


def _paths(whole: Struct) -> Iterator[tuple[str, ...]]:
    yield ("\0",)
    for name, value in whole.fields.items():
        yield (name,)
        yield from ((name, *inner) for inner in _paths(value.struct_value) if inner != ("\0",))


def _replaced(whole: Struct, path: Sequence[str], value: bytes) -> bytes:
    """The document's bytes with another value under the path."""
    name, *inner = path
    rest = Struct()
    rest.CopyFrom(whole)
    rest.fields.pop(name, None)
    if inner:
        value = delimited(5, _replaced(whole.fields[name].struct_value, inner, value))
    return rest.SerializeToString() + delimited(1, delimited(1, name.encode()) + delimited(2, value))


def _with_forged_token(request: Message, dice: random.Random) -> Iterator[Variant]:
    """Tokens that are whole and made for this very filter, but whose contents no service wrote."""
    if "page_token" not in request.DESCRIPTOR.fields_by_name:
        return
    asked = pages._filter_hash(request)
    good = new_id()
    contents: list[Any] = [
        [1, asked, [], "no id"], [1, asked, [], good], [1, asked, ["0"], good], [1, asked, ["-1"], good],
        [1, asked, ["9" * 30], good], [1, asked, ["1e9"], good], [1, asked, ["nan"], good], [1, asked, ["\0"], good],
        [1, asked, ["0001-01-01T00:00:00+00:00"], good], [1, asked, ["9999-12-31T23:59:59-14:00"], good],
        [1, asked, ["2026-03-10"], good], [1, asked, ["2026-03-10T00:00:00"], good], [1, asked, ["x"] * 40, good],
        [1, asked, ["\ud800"], good], [1, asked, ["a"], "\0"], [1, asked, ["a"], "\ud800"], [1, asked, [None], good],
        [1, asked, {}, good], [1, asked, [["a"]], good], [1, asked, "", ""], [2, asked, [], good], [1], [], {}, None, 1,
        "text", [float("nan"), asked, [], good], [1, None, [], good],
    ]  # fmt: skip
    tokens = {json.dumps(content): _token(json.dumps(content).encode()) for content in contents}
    tokens |= {"damaged": "§", "no base64": "a", "no JSON": _token(dice.randbytes(30)), "deep": _token(b"[" * 700)}
    for told, token in tokens.items():
        forged = type(request)()
        forged.CopyFrom(request)
        forged.page_token = token  # type: ignore[attr-defined]  # looked for above
        yield f"page_token of {told[:60]}", forged.SerializeToString()


def _token(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _nested(number: int, depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = delimited(number, content)
    return content


def _nested_lists(depth: int) -> bytes:
    """A `Value` that holds lists within lists; each is three messages deep."""
    content = b""
    for _ in range(depth):
        content = delimited(6, delimited(1, content))
    return content
