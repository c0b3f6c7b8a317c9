"""Schemas of messages. One message has two: as we send it, complete, and as we take it, which must know no more."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from chassis.sound_values import EARLIEST, LATEST
from gateway.openapi import constraints
from gateway.openapi.constraints import Rules, Schema, rules_of
from gateway.openapi.prose import description_of
from gateway.transcoding.contracts import Contracts
from gateway.transcoding.json_mapper import is_map
from gateway.transcoding.money import AMOUNT_PATTERN, CURRENCY_PATTERN
from gateway.transcoding.scalars import enum_numbers, is_narrow_integer, is_wide_integer
from gateway.transcoding.times import DURATION_PATTERN
from gateway.transcoding.well_known import MASK_PATTERN, wrapped

_F = FieldDescriptor
_NULL: Schema = {"type": "null"}
_NO_RULES = Rules()
_ANYTHING = "Any JSON."
_YEARS = f"A time in the years {EARLIEST.year} to {LATEST.year - 1}."

MONEY: Schema = {
    "type": "object",
    "description": "An exact amount of money.",
    "properties": {
        "currency": {
            "type": "string",
            "pattern": CURRENCY_PATTERN,
            "description": "Code by ISO 4217.",
            "examples": ["CNY"],
        },
        "amount": {
            "type": "string",
            "pattern": AMOUNT_PATTERN.replace(r"\d", "[0-9]"),
            "description": "Decimal, at most nine places.",
            "examples": ["12.30"],
        },
    },
    "required": ["currency", "amount"],
    "additionalProperties": False,
}
_WELL_KNOWN: dict[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time", "description": _YEARS},
    "google.protobuf.Duration": {"type": "string", "pattern": DURATION_PATTERN.replace(r"\d", "[0-9]")},
    "google.protobuf.FieldMask": {"type": "string", "pattern": MASK_PATTERN},
    "google.protobuf.Struct": {"type": "object", "description": _ANYTHING},
    "google.protobuf.ListValue": {"type": "array", "description": _ANYTHING},
    "google.protobuf.Value": {"description": _ANYTHING},
}
_SCALARS: dict[int, Schema] = {
    _F.TYPE_BOOL: {"type": "boolean"},
    _F.TYPE_STRING: {"type": "string"},
    _F.TYPE_BYTES: {"type": "string", "format": "byte", "contentEncoding": "base64"},
    _F.TYPE_DOUBLE: {"type": "number", "format": "double"},
    _F.TYPE_FLOAT: {"type": "number", "format": "float"},
}


class Schemas:
    """Collects the schemas that the operations refer to."""

    def __init__(self, contracts: Contracts) -> None:
        self._contracts = contracts
        self.components: dict[str, Schema] = {"Money": MONEY}
        self._owners: dict[str, str] = {"Money": "google.type.Money"}

    def output(self, descriptor: Descriptor) -> Schema:
        """A reference to the message as it is sent: all fields, always."""
        return self._referred(descriptor, is_input=False)

    def input(self, descriptor: Descriptor, *, without: Set[str] = frozenset()) -> Schema:
        """The message as it is taken: a reference, or a schema of its own where some fields come by other ways."""
        if without:
            return self._input(descriptor, without)
        return self._referred(descriptor, is_input=True)

    def body_field(self, field: FieldDescriptor) -> Schema:
        """A field that is the whole body."""
        return self._property(field, is_input=True, is_required=bool(rules_of(field).required))

    def parameter(self, field: FieldDescriptor) -> Schema:
        """A field as a parameter of path or query, where nothing is null."""
        if field.is_repeated:
            return self._list(field, is_input=True)
        return self._value(field, rules_of(field), is_input=True)

    def _referred(self, descriptor: Descriptor, *, is_input: bool) -> Schema:
        if descriptor.full_name == "google.type.Money":
            return {"$ref": "#/components/schemas/Money"}
        name = self._name(descriptor) + ("Input" if is_input and not descriptor.name.endswith("Request") else "")
        if name not in self.components:
            self.components[name] = {}  # stands in for itself where a message contains its own kind
            self.components[name] = self._input(descriptor) if is_input else self._output(descriptor)
        return {"$ref": f"#/components/schemas/{name}"}

    def _name(self, descriptor: Descriptor) -> str:
        """The message's own name; with its service before it where two services have one of that name."""
        owner = self._owners.setdefault(descriptor.name, descriptor.full_name)
        if owner == descriptor.full_name:
            return str(descriptor.name)
        package = descriptor.full_name.split(".")[1]
        return package.title().replace("_", "") + str(descriptor.name)

    def _output(self, descriptor: Descriptor) -> Schema:
        properties = {
            field.name: self._described(field, self._property(field, is_input=False)) for field in descriptor.fields
        }
        return self._object(descriptor, properties, list(properties))

    def _input(self, descriptor: Descriptor, without: Set[str] = frozenset()) -> Schema:
        required = constraints.required_fields(descriptor)
        properties = {
            field.name: self._described(field, self._property(field, is_input=True, is_required=field.name in required))
            for field in descriptor.fields
            if field.name not in without
        }
        schema = self._object(descriptor, properties, [name for name in properties if name in required])
        if sentences := constraints.sentences_of(descriptor):
            told = " ".join(f"Rule: {sentence}." for sentence in sentences)
            schema["description"] = f"{schema.get('description', '')} {told}".strip()
        choices = [_exactly_one(names) for names in constraints.required_choices(descriptor)]
        return schema | ({"allOf": choices} if choices else {}) | {"additionalProperties": False}

    def _object(self, descriptor: Descriptor, properties: dict[str, Schema], required: list[str]) -> Schema:
        schema: Schema = {"type": "object", "properties": properties}
        if description := description_of(self._contracts.comment(descriptor.full_name)):
            schema["description"] = description
        return schema | ({"required": required} if required else {})

    def _described(self, field: FieldDescriptor, schema: Schema) -> Schema:
        description = description_of(self._contracts.comment(field.full_name))
        return {"description": description, **schema} if description else schema

    def _property(self, field: FieldDescriptor, *, is_input: bool, is_required: bool = False) -> Schema:
        if is_map(field):
            return self._map(field, is_input=is_input)
        if field.is_repeated:
            return self._list(field, is_input=is_input)
        schema = self._value(field, rules_of(field) if is_input else _NO_RULES, is_input=is_input)
        is_nullable = field.has_presence or field.enum_type is not None
        return _or_null(schema) if is_nullable and not is_required else schema

    def _list(self, field: FieldDescriptor, *, is_input: bool) -> Schema:
        rules = rules_of(field) if is_input else _NO_RULES
        items = self._value(field, rules.repeated.items, is_input=is_input)
        return {"type": "array", "items": items, **constraints.list_limits(rules)}

    def _map(self, field: FieldDescriptor, *, is_input: bool) -> Schema:
        entry: Any = field.message_type
        rules = rules_of(field) if is_input else _NO_RULES
        values = self._value(entry.fields_by_name["value"], rules.map.values, is_input=is_input)
        schema: Schema = {"type": "object", "additionalProperties": values, **constraints.map_limits(rules)}
        key = entry.fields_by_name["key"]
        if key.type == FieldDescriptor.TYPE_STRING and rules.map.keys.HasField("string"):
            schema["propertyNames"] = constraints.narrow(key.type, {}, rules.map.keys)
        return schema

    def _value(self, field: FieldDescriptor, rules: Rules, *, is_input: bool) -> Schema:
        """One value: of a single field, of a list, or of a map."""
        if field.message_type is not None:
            return {**self._message(field.message_type, is_input=is_input), **constraints.mask_pattern(rules)}
        if field.enum_type is not None:
            return {"type": "string", "enum": constraints.enum_names(enum_numbers(field.enum_type), rules)}
        schema = constraints.narrow(field.type, _scalar(field.type, is_input=is_input), rules)
        if constraints.may_be_empty(rules) and field.type == FieldDescriptor.TYPE_STRING:
            return {"anyOf": [schema, {"const": ""}]}
        return schema

    def _message(self, descriptor: Descriptor, *, is_input: bool) -> Schema:
        if (kind := wrapped(descriptor)) is not None:
            return _scalar(kind, is_input=is_input)
        if (known := _WELL_KNOWN.get(descriptor.full_name)) is not None:
            return dict(known)
        return self._referred(descriptor, is_input=is_input)


def _scalar(field_type: int, *, is_input: bool) -> Schema:
    if is_narrow_integer(field_type):
        return {"type": "integer", "format": "int32"}
    if is_wide_integer(field_type):
        # No pattern can draw the exact bounds: one stays within them, the other takes all of them in.
        pattern = constraints.WIDE_PATTERN if is_input else "^(0|-?[1-9][0-9]{0,19})$"
        return {"type": "string", "format": "int64", "pattern": pattern}
    return dict(_SCALARS[field_type])


def _exactly_one(names: list[str]) -> Schema:
    """One of the fields has a value; the others are left out or null."""
    valued = [{"required": [name], "properties": {name: {"not": _NULL}}} for name in names]
    return {"oneOf": valued}


def _or_null(schema: Schema) -> Schema:
    if "enum" in schema:
        return {**schema, "type": ["string", "null"], "enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    if not schema.keys() - {"description"}:
        return schema  # anything may be null as it is
    return {"anyOf": [schema, _NULL]}
