"""Draws any message of any type, for property tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.struct_pb2 import NULL_VALUE, ListValue, Struct, Value
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.money_pb2 import Money
from hypothesis import strategies as st

F = FieldDescriptor

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
INTEGERS = {
    **dict.fromkeys((F.TYPE_INT32, F.TYPE_SINT32, F.TYPE_SFIXED32), st.integers(-(2**31), 2**31 - 1)),
    **dict.fromkeys((F.TYPE_UINT32, F.TYPE_FIXED32), st.integers(0, 2**32 - 1)),
    **dict.fromkeys((F.TYPE_INT64, F.TYPE_SINT64, F.TYPE_SFIXED64), st.integers(-(2**63), 2**63 - 1)),
    **dict.fromkeys((F.TYPE_UINT64, F.TYPE_FIXED64), st.integers(0, 2**64 - 1)),
}
SCALARS: dict[int, st.SearchStrategy[Any]] = {
    **INTEGERS,
    F.TYPE_BOOL: st.booleans(),
    F.TYPE_STRING: TEXT,
    F.TYPE_BYTES: st.binary(max_size=12),
    F.TYPE_DOUBLE: st.floats(allow_nan=False, allow_infinity=False),
    F.TYPE_FLOAT: st.floats(allow_nan=False, allow_infinity=False, width=32),
}
NANOS = 10**9


def messages(descriptor: Descriptor, depth: int = 3) -> st.SearchStrategy[Message]:
    """Messages of one type with some of their fields."""
    special = _SPECIAL.get(descriptor.full_name)
    return special() if special is not None else _plain(descriptor, depth)


@st.composite
def _plain(draw: st.DrawFn, descriptor: Descriptor, depth: int) -> Message:
    taken: set[str] = set()
    fields: dict[str, Any] = {}
    chosen = (
        draw(st.lists(st.sampled_from(list(descriptor.fields)), unique=True, max_size=8)) if descriptor.fields else []
    )
    for field in chosen:
        oneof = field.containing_oneof
        if oneof is not None and oneof.name in taken:
            continue
        if depth == 0 and field.message_type is not None and not field.message_type.GetOptions().map_entry:
            continue
        if oneof is not None:
            taken.add(oneof.name)
        fields[field.name] = draw(_field(field, depth))
    return GetMessageClass(descriptor)(**fields)


def _field(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        key, value = (field.message_type.fields_by_name[name] for name in ("key", "value"))
        return st.dictionaries(SCALARS[key.type], _one(value, depth, in_list=True), max_size=3)
    if field.is_repeated:
        return st.lists(_one(field, depth, in_list=True), max_size=3)
    return _one(field, depth, in_list=False)


def _one(field: FieldDescriptor, depth: int, *, in_list: bool) -> st.SearchStrategy[Any]:
    if field.message_type is not None:
        drawn = messages(field.message_type, max(depth - 1, 0))
        return drawn if in_list else drawn.filter(_says_something)
    if field.enum_type is not None:
        return st.sampled_from(_numbers(field.enum_type, says_something=in_list or field.has_presence))
    return SCALARS[field.type]


def _numbers(enum: EnumDescriptor, *, says_something: bool) -> list[int]:
    """In a list, and where presence counts, the value that says nothing cannot be told from nothing."""
    return [value.number for value in enum.values if value.number or not says_something]


def _says_something(message: Message) -> bool:
    """A `google.protobuf.Value` that holds null reads back as unset."""
    return not isinstance(message, Value) or message.WhichOneof("kind") not in {None, "null_value"}


def _json_values() -> st.SearchStrategy[Value]:
    leaves = st.one_of(
        st.just(Value(null_value=NULL_VALUE)),
        st.builds(lambda flag: Value(bool_value=flag), st.booleans()),
        st.builds(lambda text: Value(string_value=text), TEXT),
        st.builds(
            lambda number: Value(number_value=number),
            st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53),
        ),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda items: Value(list_value=ListValue(values=items)), st.lists(inner, max_size=3)),
            st.builds(
                lambda fields: Value(struct_value=Struct(fields=fields)), st.dictionaries(TEXT, inner, max_size=3)
            ),
        ),
        max_leaves=5,
    )


def _signed(name: str, whole: int) -> st.SearchStrategy[Message]:
    def build(sign: int, units: int, nanos: int, currency: str) -> Message:
        if name == "Money":
            return Money(currency_code=currency, units=sign * units, nanos=sign * nanos)
        return Duration(seconds=sign * units, nanos=sign * nanos)

    return st.builds(
        build,
        st.sampled_from([-1, 1]),
        st.integers(0, whole),
        st.integers(0, NANOS - 1),
        st.text("ABCXYZ", min_size=3, max_size=3),
    )


def _times() -> st.SearchStrategy[Message]:
    return st.builds(
        lambda seconds, nanos: Timestamp(seconds=seconds, nanos=nanos),
        st.integers(-62_135_596_800, 253_402_300_799),
        st.one_of(
            st.just(0),
            st.integers(0, 999).map(lambda ms: ms * 10**6),
            st.integers(0, 999_999).map(lambda us: us * 1000),
            st.integers(0, NANOS - 1),
        ),
    )


def _masks() -> st.SearchStrategy[Message]:
    paths = st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,5}(\.[a-z]{1,4})?", fullmatch=True), max_size=3)
    return st.builds(lambda names: FieldMask(paths=names), paths)


def _values(kind: str) -> st.SearchStrategy[Message]:
    if kind == "Struct":
        return st.builds(lambda fields: Struct(fields=fields), st.dictionaries(TEXT, _json_values(), max_size=3))
    if kind == "ListValue":
        return st.builds(lambda items: ListValue(values=items), st.lists(_json_values(), max_size=3))
    return _json_values()


_SPECIAL: dict[str, Callable[[], st.SearchStrategy[Message]]] = {
    "google.protobuf.Timestamp": _times,
    "google.protobuf.Duration": lambda: _signed("Duration", 315_575_999_999),
    "google.type.Money": lambda: _signed("Money", 10**18 - 1),
    "google.protobuf.FieldMask": _masks,
    "google.protobuf.Struct": lambda: _values("Struct"),
    "google.protobuf.ListValue": lambda: _values("ListValue"),
    "google.protobuf.Value": lambda: _values("Value"),
}
