"""The messages of all events, with the topic each travels on and its definition, comments included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

from chassis.methods import descriptors
from chassis.outbox import NOTICE

_MESSAGE, _FIELD = 4, 2
"""Numbers of `message_type` in a file and of `field` in a message, by which source info names places."""
_SCALARS = {number: name.removeprefix("TYPE_").lower() for name, number in FieldDescriptorProto.Type.items()}


@dataclass(frozen=True, slots=True)
class EventMessage:
    """One kind of event."""

    name: str
    full_name: str
    comment: str
    aggregate: str
    key: str
    definition: str
    """Source of the message for a proto compiler, with the imports that it needs."""


def event_messages(emitted: Mapping[str, Set[str]]) -> list[EventMessage]:
    """All messages of the `events.proto` files, and the notice.

    A message belongs to the aggregate after which it is named: `LeadAssigned` to `lead`.

    Args:
        emitted: the aggregates whose events a service emits, by service.

    Raises:
        SystemExit: a message is named after no aggregate that its service emits.
    """
    found: list[EventMessage] = []
    for file in descriptors().file:
        if file.name.endswith("/notice.proto"):
            found += _messages(file, {NOTICE})
        elif file.name.startswith("throughline/") and file.name.endswith("/events.proto"):
            service = file.package.split(".")[1].replace("_", "-")
            found += _messages(file, emitted[service])
    return found


def _messages(file: FileDescriptorProto, aggregates: Set[str]) -> Iterator[EventMessage]:
    comments = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}
    for number, message in enumerate(file.message_type):
        fields = [comments.get((_MESSAGE, number, _FIELD, place), "") for place in range(len(message.field))]
        aggregate = _aggregate(message.name, aggregates)
        if aggregate is None:
            raise SystemExit(f"{file.name}: {message.name} is named after none of {', '.join(sorted(aggregates))}")
        yield EventMessage(
            message.name,
            f"{file.package}.{message.name}",
            " ".join(comments.get((_MESSAGE, number), "").split()),
            aggregate,
            _KEYS.get(aggregate, f"Id of the {aggregate.replace('_', ' ')}."),
            _definition(file, message, comments.get((_MESSAGE, number), ""), fields),
        )


_KEYS = {
    "follow_up": "Id of the lead or customer that was followed up.",
    "calendar": "Id of the tenant.",
    "metric": "Code of the metric.",
    "water_line": "Id of the alarm.",
    NOTICE: "The resource that changed, as in its URL.",
}


def _aggregate(message: str, aggregates: Set[str]) -> str | None:
    """The longest aggregate whose name, in the writing of messages, begins the message's name."""
    fitting = [name for name in aggregates if message.startswith(name.title().replace("_", ""))]
    return max(fitting, key=len, default=None)


def _definition(file: FileDescriptorProto, message: DescriptorProto, comment: str, fields: list[str]) -> str:
    lines = ['syntax = "proto3";', f"package {file.package};"]
    lines += [f'import "{name}";' for name in _imports(file, message)]
    lines += [*_commented(comment), f"message {message.name} {{"]
    for field, about in zip(message.field, fields, strict=True):
        lines += [f"  {line}" for line in _commented(about)]
        lines.append(f"  {_type(file, message, field)} {field.name} = {field.number};")
    return "\n".join([*lines, "}"]) + "\n"


def _commented(text: str) -> list[str]:
    return [f"// {line.strip()}".rstrip() for line in text.splitlines()]


def _type(file: FileDescriptorProto, message: DescriptorProto, field: FieldDescriptorProto) -> str:
    entry = next((nested for nested in message.nested_type if field.type_name.endswith(f".{nested.name}")), None)
    if entry is not None and entry.options.map_entry:
        key, value = (_type(file, message, part) for part in entry.field)
        return f"map<{key}, {value}>"
    name = field.type_name.removeprefix(".").removeprefix(f"{file.package}.") or _SCALARS[field.type]
    return f"repeated {name}" if field.label == FieldDescriptorProto.LABEL_REPEATED else name


def _imports(file: FileDescriptorProto, message: DescriptorProto) -> list[str]:
    """The files of the imported types that the message uses."""
    used = {field.type_name for field in message.field if field.type_name}
    return [name for name in file.dependency if used & _types_of(name)]


def _types_of(name: str) -> set[str]:
    file = next(each for each in descriptors().file if each.name == name)
    names = [*(each.name for each in file.message_type), *(each.name for each in file.enum_type)]
    return {f".{file.package}.{type_name}" for type_name in names}
