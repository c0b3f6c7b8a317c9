"""Requests as a well-meaning client would send them, made from their descriptors: the ground that malformed ones vary.

Whatever is random stays at the door, where the contract's rules refuse it. What gets further is a request that is right
but for one value, so every request is filled completely, with the ids of things that are there.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from buf.validate import validate_pb2
from chassis.errors import Invalid
from chassis.ids import new_id
from chassis.validation import validate

_RULES: Any = validate_pb2.field
_F = FieldDescriptor
_WHOLE = {_F.TYPE_INT32, _F.TYPE_INT64, _F.TYPE_UINT32, _F.TYPE_UINT64, _F.TYPE_SINT32, _F.TYPE_SINT64}
_NAMES = {_F.TYPE_INT32: "int32", _F.TYPE_INT64: "int64", _F.TYPE_UINT32: "uint32", _F.TYPE_UINT64: "uint64"}
_BEGINNING_S = int(time.time()) - 7 * 86_400
_ENDING_S = _BEGINNING_S + 60 * 86_400
_LEFT_OUT = frozenset({"page_token", "request_id", "tenant_id", "dry_run"})
"""A key would make most requests repeats; no id of another tenant helps; and nothing should be done for show."""


class Plausible:
    """Makes messages.

    Args:
        known: values by the name of the field, or by that of message and field where only that message means them.
        document: what stands where a contract takes any JSON.
    """

    def __init__(self, known: Mapping[str, Any], document: Mapping[str, Any]) -> None:
        self._known = known
        self._document = Struct()
        self._document.update(document)

    def request(self, descriptor: Descriptor) -> Message:
        """A request that keeps the rules of its contract."""
        message = self.message(descriptor)
        for _ in descriptor.fields:
            try:
                validate(message)
            except Invalid as refusal:
                self._mend(message, refusal.violations[0].field)
            else:
                break
        validate(message)
        return message

    def message(self, descriptor: Descriptor) -> Message:
        """A message with all its fields, of a oneof the first."""
        if descriptor is Struct.DESCRIPTOR:
            return self._document
        if (make := _SPECIAL.get(descriptor.full_name)) is not None:
            return GetMessageClass(descriptor)(**make)
        message = GetMessageClass(descriptor)()
        for field in descriptor.fields:
            oneof = field.containing_oneof
            is_wanted = field.name not in _LEFT_OUT or _is_needed(field)
            if is_wanted and (oneof is None or oneof.fields[0] is field):
                self._put(message, field)
        return message

    def _put(self, message: Message, field: FieldDescriptor) -> None:
        value = self.value(field)
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            entry = field.message_type.fields_by_name["value"]
            if entry.message_type is None:
                getattr(message, field.name)[value.key] = value.value
            else:
                getattr(message, field.name)[value.key].CopyFrom(value.value)
        elif field.is_repeated:
            getattr(message, field.name).append(value)
        elif field.message_type is not None:
            getattr(message, field.name).CopyFrom(value)
        else:
            setattr(message, field.name, value)

    def value(self, field: FieldDescriptor) -> Any:
        """One value of the field; of a map an entry."""
        if field.message_type is Timestamp.DESCRIPTOR:
            # Of two fields the later is the later time, so that spans run forward; what ends has not ended yet.
            beginning_s = _ENDING_S if field.name.startswith("expires") else _BEGINNING_S
            return Timestamp(seconds=beginning_s + 3600 * field.number)
        if field.message_type is not None:
            return self.message(field.message_type)
        if field.enum_type is not None:
            return field.enum_type.values[min(1, len(field.enum_type.values) - 1)].number
        in_its_message = ".".join(field.full_name.split(".")[-2:])
        for name in (in_its_message, field.name, field.name.removesuffix("s")):
            if name in self._known:
                return self._known[name]
        if field.type == _F.TYPE_STRING:
            return _text(field)
        return _least(field) if field.type in _WHOLE else field.type == _F.TYPE_BOOL or field.default_value

    def _mend(self, message: Message, path: str) -> None:
        """Takes away what a rule complains of; where that is the whole, the first field without which it rests."""
        if path:
            message.ClearField(path.partition(".")[0].partition("[")[0])
            return
        for field in message.DESCRIPTOR.fields:
            without = type(message)()
            without.CopyFrom(message)
            without.ClearField(field.name)
            try:
                validate(without)
            except Invalid:
                continue
            message.ClearField(field.name)
            return


def _is_needed(field: FieldDescriptor) -> bool:
    return bool(field.GetOptions().Extensions[_RULES].string.min_len)


def _text(field: FieldDescriptor) -> str:
    """An id where the rules ask for one, or leave room for nothing longer."""
    rules = field.GetOptions().Extensions[_RULES]
    text = rules.repeated.items.string if field.is_repeated else rules.string
    return new_id() if text.uuid or text.max_len == 36 else "word"


def _least(field: FieldDescriptor) -> int:
    """The smallest number that the rules allow, and at least 1 where they do."""
    rules = field.GetOptions().Extensions[_RULES]
    bounds = getattr(rules, _NAMES.get(field.type, ""), None)
    if bounds is None:
        return 1
    return max(1, bounds.gte if bounds.HasField("gte") else 1)


_SPECIAL: Mapping[str, dict[str, Any]] = {
    "google.protobuf.Duration": {"seconds": 1},
    "google.protobuf.FieldMask": {},
    "google.type.Money": {"currency_code": "CNY", "units": 1000},
}
