"""Messages that JSON writes as one value instead of field by field: times, money, masks, open structures, wrappers."""

from __future__ import annotations

import re
from typing import Any

from google.protobuf import wrappers_pb2
from google.protobuf.descriptor import Descriptor
from google.protobuf.field_mask_pb2 import FieldMask

from gateway.transcoding import free_form, money, times
from gateway.transcoding.faults import Faulty
from gateway.transcoding.json_text import Json
from gateway.transcoding.scalars import Decode, Encode, scalar

MASK_PATTERN = r"^([a-z][a-z0-9_.]*(,[a-z][a-z0-9_.]*)*)?$"

_MASK = re.compile(MASK_PATTERN, re.ASCII)
_WRAPPERS: dict[str, Any] = {
    message.DESCRIPTOR.full_name: message
    for message in (
        wrappers_pb2.BoolValue,
        wrappers_pb2.BytesValue,
        wrappers_pb2.DoubleValue,
        wrappers_pb2.FloatValue,
        wrappers_pb2.Int32Value,
        wrappers_pb2.Int64Value,
        wrappers_pb2.StringValue,
        wrappers_pb2.UInt32Value,
        wrappers_pb2.UInt64Value,
    )
}


def well_known(descriptor: Descriptor) -> tuple[Encode, Decode] | None:
    """How such a message is written and read; None for one that goes field by field.

    Raises:
        TypeError: it is `google.protobuf.Any`, whose content no contract describes.
    """
    if descriptor.full_name == "google.protobuf.Any":
        raise TypeError("google.protobuf.Any has no place in a public contract: nothing describes its content")
    if descriptor.full_name in _WRAPPERS:
        return _wrapper(descriptor.full_name)
    return _CODECS.get(descriptor.full_name)


def wrapped(descriptor: Descriptor) -> int | None:
    """Type of the scalar inside a `google.protobuf.…Value`, which tells "unset" from zero; None for other messages."""
    message_class = _WRAPPERS.get(descriptor.full_name)
    return message_class.DESCRIPTOR.fields_by_name["value"].type if message_class is not None else None


def write_mask(mask: FieldMask) -> Json:
    """Paths in one string, parted by commas."""
    return ",".join(mask.paths)


def read_mask(value: Json) -> FieldMask | None:
    """The empty string is an empty mask."""
    if value is None:
        return None
    if not isinstance(value, str) or not _MASK.fullmatch(value):
        raise Faulty.here("field_mask", "must be names of fields in one string, parted by commas")
    return FieldMask(paths=value.split(",") if value else [])


def _wrapper(full_name: str) -> tuple[Encode, Decode]:
    message_class = _WRAPPERS[full_name]
    write, read = scalar(message_class.DESCRIPTOR.fields_by_name["value"].type)

    def encode(message: Any) -> Json:
        return message.value if write is None else write(message.value)

    def decode(value: Json) -> Any:
        return None if value is None else message_class(value=read(value))

    return encode, decode


_CODECS: dict[str, tuple[Encode, Decode]] = {
    "google.protobuf.Timestamp": (times.write_time, times.read_time),
    "google.protobuf.Duration": (times.write_duration, times.read_duration),
    "google.protobuf.FieldMask": (write_mask, read_mask),
    "google.protobuf.Struct": (free_form.write_struct, free_form.read_struct),
    "google.protobuf.Value": (free_form.write_value, free_form.read_value),
    "google.protobuf.ListValue": (free_form.write_list, free_form.read_list),
    "google.type.Money": (money.write_money, money.read_money),
}
