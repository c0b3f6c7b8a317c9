"""The types of events that leave the suite, out of the contracts: every message of every `events.proto`.

A message belongs to the aggregate after which it is named: `LeadAssigned` to `lead`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from gateway.application.webhook_ports import EventKind
from gateway.transcoding.contracts import PACKAGE, Contracts

AGGREGATES = (
    "api_key",
    "calendar",
    "customer",
    "file",
    "first_contact_summary",
    "follow_up",
    "lead",
    "lead_duplicate",
    "lead_model",
    "metric",
    "opportunity",
    "person",
    "task",
    "team",
    "tenant",
    "water_line",
    "webhook",
)
"""Whose topics are read. A test holds them against the catalogue of events."""


@dataclass(frozen=True)
class ContractEventKinds:
    """All types of events, by name."""

    contracts: Contracts

    def all(self) -> Mapping[str, EventKind]:
        """By name, in order."""
        return self._kinds

    @cached_property
    def messages(self) -> Mapping[str, type[Message]]:
        """The message class of each type, by name."""
        return {message.name: GetMessageClass(message) for message in self._descriptors}

    @cached_property
    def _kinds(self) -> Mapping[str, EventKind]:
        kinds = (self._kind(message) for message in self._descriptors)
        return {kind.name: kind for kind in sorted(kinds, key=lambda kind: kind.name)}

    @cached_property
    def _descriptors(self) -> list[Descriptor]:
        files = [file for file in self.contracts.files if file.name.endswith("/events.proto")]
        messages = [message for file in files for message in file.message_types_by_name.values()]
        return [message for message in messages if aggregate_of(message.name)]

    def _kind(self, message: Descriptor) -> EventKind:
        plain = frozenset(_plain_fields(message))
        about = " ".join(self.contracts.comment(message.full_name).split())
        return EventKind(message.name, aggregate_of(message.name), about, plain)


def aggregate_of(message: str) -> str:
    """The longest aggregate whose name, in the writing of messages, begins the message's name; empty for none."""
    fitting = [name for name in AGGREGATES if message.startswith(name.title().replace("_", ""))]
    return max(fitting, key=len, default="")


def _plain_fields(message: Descriptor) -> Iterator[str]:
    """The plain fields, and those of the messages of ours inside, with the outer name before them: `customer.grade`."""
    for field in message.fields:
        inner = field.message_type
        if _is_plain(field):
            yield field.name
        elif inner is not None and not field.is_repeated and inner.full_name.startswith(PACKAGE):
            yield from (f"{field.name}.{each.name}" for each in inner.fields if _is_plain(each))


def _is_plain(field: FieldDescriptor) -> bool:
    """Whether JSON shows the field as one text, number, or truth value: those that a filter can name."""
    return field.message_type is None and not field.is_repeated and field.type != FieldDescriptor.TYPE_BYTES
