"""Messages to JSON and back, by descriptors: the one place that says how the suite's JSON looks.

- Names are the fields' own, in snake_case. A message is written with all its fields, so that clients need not guess.
- What has no value is null: an unset message, an unset `optional`, an enum at `…_UNSPECIFIED`. Null is read as unset
  exactly where it is written; other fields are left out to keep their default, and refuse null.
- Integers of 64 bits are strings. Enum values lose their prefix; a value that is newer than this build reads
  `UNRECOGNIZED_<number>`. Of a oneof, at most one member may be set.
- Reading is strict and finds every fault: unknown names, wrong types, numbers out of range.

Each message type is compiled once, to a table of functions, so that writing one is a loop without decisions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from gateway.transcoding.faults import Fault, Faulty, Key, Step
from gateway.transcoding.json_text import Json
from gateway.transcoding.scalars import Decode, Encode, enum, scalar
from gateway.transcoding.well_known import well_known

Read = Callable[[Any], Json]
"""Takes the message, gives the JSON of one of its fields."""


class MessageMapper:
    """Writes and reads messages of one type."""

    def __init__(self, descriptor: Descriptor) -> None:
        self.descriptor = descriptor
        self.message_class: type[Message] = GetMessageClass(descriptor)
        self._readers: list[tuple[str, Read]] = []
        self._decoders: dict[str, Decode] = {}
        self._oneofs = [
            [field.name for field in oneof.fields]
            for oneof in descriptor.oneofs
            if len(oneof.fields) > 1  # an `optional` field is a oneof of its own
        ]

    def compile(self, mapper: JsonMapper) -> None:
        """Fills the tables; apart from the constructor because message types may contain themselves."""
        for field in self.descriptor.fields:
            read, decode = _field(field, mapper)
            self._readers.append((field.name, read))
            self._decoders[field.name] = decode

    def encode(self, message: Message) -> dict[str, Json]:
        """All fields of the message."""
        return {name: read(message) for name, read in self._readers}

    def decode(self, value: Json) -> Message:
        """A message with the members of an object.

        Raises:
            Faulty: naming every fault in it.
        """
        if not isinstance(value, dict):
            raise Faulty.here("object", "must be an object")
        fields: dict[str, Any] = {}
        faults: list[Fault] = []
        for name, member in value.items():
            decode = self._decoders.get(name)
            if decode is None:
                faults.append(Fault((name,), "unknown_field", "is not known here"))
                continue
            try:
                decoded = decode(member)
            except Faulty as inside:
                faults.extend(inside.under(name))
            else:
                if decoded is not None:
                    fields[name] = decoded
        for members in self._oneofs:
            both = [name for name in members if name in fields]
            faults.extend(Fault((name,), "oneof", f"excludes {both[0]}") for name in both[1:])
        if faults:
            raise Faulty(faults)
        return self.message_class(**fields)


class JsonMapper:
    """The compiled mappers of all message types that were asked for, and of those inside them."""

    def __init__(self) -> None:
        self._mappers: dict[str, MessageMapper] = {}

    def of(self, descriptor: Descriptor) -> MessageMapper:
        """The mapper of a message type that is written field by field."""
        mapper = self._mappers.get(descriptor.full_name)
        if mapper is None:
            mapper = self._mappers[descriptor.full_name] = MessageMapper(descriptor)
            mapper.compile(self)
        return mapper

    def codec(self, descriptor: Descriptor) -> tuple[Encode, Decode]:
        """How a message type is written and read, whichever way it goes. Null is read as None, which is unset."""
        if (known := well_known(descriptor)) is not None:
            return known
        mapper = self.of(descriptor)
        return mapper.encode, lambda value: None if value is None else mapper.decode(value)

    def encode(self, message: Message) -> Json:
        """The JSON of any message."""
        descriptor: Any = message.DESCRIPTOR  # the stubs name a class of the C library beside the public one
        return self.codec(descriptor)[0](message)

    def decode(self, descriptor: Descriptor, value: Json) -> Message:
        """The message that the JSON describes.

        Raises:
            Faulty: naming every fault in it.
        """
        message: Message | None = self.codec(descriptor)[1](value)
        if message is None:
            raise Faulty.here("required", "must not be null")
        return message


def _field(field: FieldDescriptor, mapper: JsonMapper) -> tuple[Read, Decode]:
    if is_map(field):
        return _map(field, mapper)
    write, decode = _value(field, mapper)
    name, get = field.name, attrgetter(field.name)
    if field.is_repeated:
        return _list_reader(get, write), _list_decoder(decode)
    if field.has_presence:
        return _presence_reader(name, get, write), lambda value: None if value is None else decode(value)
    if write is None:
        return get, decode
    return lambda message: write(get(message)), decode


def _value(field: FieldDescriptor, mapper: JsonMapper) -> tuple[Encode | None, Decode]:
    if field.message_type is not None:
        return mapper.codec(field.message_type)
    if field.enum_type is not None:
        return enum(field.enum_type)
    return scalar(field.type)


def _presence_reader(name: str, get: Callable[[Any], Any], write: Encode | None) -> Read:
    if write is None:
        return lambda message: get(message) if message.HasField(name) else None
    return lambda message: write(get(message)) if message.HasField(name) else None


def _list_reader(get: Callable[[Any], Any], write: Encode | None) -> Read:
    if write is None:
        return lambda message: list(get(message))
    return lambda message: [write(item) for item in get(message)]


def _list_decoder(decode: Decode) -> Decode:
    def decode_list(value: Json) -> list[Any]:
        if not isinstance(value, list):
            raise Faulty.here("array", "must be an array")
        return list(_gather(((index, index, item) for index, item in enumerate(value)), decode).values())

    return decode_list


def is_map(field: FieldDescriptor) -> bool:
    """Whether the field is a map, which protobuf keeps as a list of entries."""
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def _map(field: FieldDescriptor, mapper: JsonMapper) -> tuple[Read, Decode]:
    entry: Any = field.message_type
    key_field, value_field = entry.fields_by_name["key"], entry.fields_by_name["value"]
    write_key, read_key = _key(key_field)
    write, decode = _value(value_field, mapper)
    get = attrgetter(field.name)

    def read(message: Any) -> Json:
        return {write_key(key): write(item) if write else item for key, item in get(message).items()}

    def decode_map(value: Json) -> Mapping[Any, Any]:
        if not isinstance(value, dict):
            raise Faulty.here("object", "must be an object")
        keys: dict[str, Any] = {}
        faults: list[Fault] = []
        for name in value:
            try:
                keys[name] = read_key(name)
            except Faulty as inside:
                faults.extend(inside.under(Key(name)))
        if faults:
            raise Faulty(faults)
        return _gather(((Key(name), keys[name], item) for name, item in value.items()), decode)

    return read, decode_map


def _key(field: FieldDescriptor) -> tuple[Callable[[Any], str], Decode]:
    """JSON has keys of text only: numbers and booleans stand in them as they are written."""
    _, read = scalar(field.type)
    if field.type == FieldDescriptor.TYPE_STRING:
        return str, read
    if field.type == FieldDescriptor.TYPE_BOOL:
        return lambda key: "true" if key else "false", lambda name: read({"true": True, "false": False}.get(str(name)))
    _, read_wide = scalar(FieldDescriptor.TYPE_INT64)
    narrow = scalar(field.type)[0] is None
    return str, lambda name: read(read_wide(name)) if narrow else read(name)


def _gather(items: Any, decode: Decode) -> dict[Any, Any]:
    """Decodes each of (step, key, value) and gathers the faults of all."""
    decoded: dict[Any, Any] = {}
    faults: list[Fault] = []
    step: Step
    for step, key, item in items:
        try:
            value = decode(item)
        except Faulty as inside:
            faults.extend(inside.under(step))
            continue
        if value is None:
            faults.append(Fault((step,), "required", "must not be null"))
        else:
            decoded[key] = value
    if faults:
        raise Faulty(faults)
    return decoded
