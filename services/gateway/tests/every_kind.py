"""A message type with a field of every kind, which the suite's own contracts do not all have."""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    field_mask_pb2,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor import Descriptor
from google.type import money_pb2

P = descriptor_pb2.FieldDescriptorProto
IMPORTED = (duration_pb2, field_mask_pb2, struct_pb2, timestamp_pb2, wrappers_pb2, money_pb2)


@cache
def every_kind() -> Descriptor:
    """A message with each kind of field that protobuf has, itself included."""
    file = descriptor_pb2.FileDescriptorProto(
        name="throughline/testing/every_kind.proto",
        package="throughline.testing",
        syntax="proto3",
        dependency=[imported.DESCRIPTOR.name for imported in IMPORTED],
    )
    enum = file.enum_type.add(name="TestColour")
    for number, name in enumerate(("UNSPECIFIED", "RED", "DARK_BLUE")):
        enum.value.add(name=f"TEST_COLOUR_{name}", number=number)
    _EveryKind(file.message_type.add(name="EveryKind")).fill()
    descriptor_pool.Default().Add(file)
    return descriptor_pool.Default().FindMessageTypeByName("throughline.testing.EveryKind")


class _EveryKind:
    def __init__(self, message: descriptor_pb2.DescriptorProto) -> None:
        self.message = message
        self.number = 0

    def fill(self) -> None:
        for type_, name in sorted((number, name[5:].lower()) for name, number in P.Type.items()):
            if name in {"group", "message", "enum"}:
                continue
            self.add(f"one_{name}", type_)
            self.add(f"many_{name}", type_, repeated=True)
        for key, name in (
            (P.TYPE_STRING, "text"),
            (P.TYPE_INT32, "narrow"),
            (P.TYPE_UINT64, "wide"),
            (P.TYPE_BOOL, "bool"),
        ):
            self.add_map(f"by_{name}", key)
        self.add("colour", P.TYPE_ENUM, ".throughline.testing.TestColour")
        self.add("colours", P.TYPE_ENUM, ".throughline.testing.TestColour", repeated=True)
        self.add("itself", P.TYPE_MESSAGE, ".throughline.testing.EveryKind")
        self.add("selves", P.TYPE_MESSAGE, ".throughline.testing.EveryKind", repeated=True)
        for package, kinds in (
            ("protobuf", "Timestamp Duration FieldMask Struct ListValue Value Int64Value StringValue BoolValue"),
            ("type", "Money"),
        ):
            for kind in kinds.split():
                self.add(f"a_{kind.lower()}", P.TYPE_MESSAGE, f".google.{package}.{kind}")
        self.message.oneof_decl.add(name="choice")
        self.add("first", P.TYPE_STRING, oneof=0)
        self.add("second", P.TYPE_INT64, oneof=0)
        self.message.oneof_decl.add(name="_maybe")
        self.add("maybe", P.TYPE_INT32, oneof=1, optional=True)

    def add(
        self,
        name: str,
        type_: Any,
        of: str = "",
        *,
        repeated: bool = False,
        oneof: int | None = None,
        optional: bool = False,
    ) -> None:
        self.number += 1
        label = P.LABEL_REPEATED if repeated else P.LABEL_OPTIONAL
        field = self.message.field.add(name=name, number=self.number, type=type_, label=label, type_name=of or None)
        if oneof is not None:
            field.oneof_index = oneof
        field.proto3_optional = optional

    def add_map(self, name: str, key: Any) -> None:
        entry_name = "".join(part.capitalize() for part in name.split("_")) + "Entry"
        entry = self.message.nested_type.add(name=entry_name)
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type=key, label=P.LABEL_OPTIONAL)
        entry.field.add(
            name="value", number=2, type=P.TYPE_MESSAGE, label=P.LABEL_OPTIONAL, type_name=".google.protobuf.Duration"
        )
        self.add(name, P.TYPE_MESSAGE, f".throughline.testing.EveryKind.{entry_name}", repeated=True)
