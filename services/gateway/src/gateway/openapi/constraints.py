"""protovalidate's rules as keywords of JSON Schema, so that a client knows beforehand what will be refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message_factory import GetMessageClass

from buf.validate import validate_pb2
from chassis.errors import Invalid
from chassis.validation import validate
from gateway.transcoding.scalars import integer_range, is_narrow_integer, is_wide_integer

Schema = dict[str, Any]
Rules = validate_pb2.FieldRules

_FIELD: Any = validate_pb2.field
_MESSAGE: Any = validate_pb2.message
_ONEOF: Any = validate_pb2.oneof
UUID_PATTERN = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_FORMATS = {"uuid": "uuid", "email": "email", "hostname": "hostname", "ipv4": "ipv4", "ipv6": "ipv6", "uri": "uri"}


def rules_of(field: FieldDescriptor) -> Rules:
    """The rules on a field; empty ones where there are none."""
    rules: Rules = field.GetOptions().Extensions[_FIELD]
    return rules


def required_fields(descriptor: Descriptor) -> set[str]:
    """Fields whose rules refuse them unset: asked of the very library that enforces them."""
    try:
        validate(GetMessageClass(descriptor)())
    except Invalid as refusal:
        names = {violation.field.partition(".")[0].partition("[")[0] for violation in refusal.violations}
        return names & set(descriptor.fields_by_name)
    return set()


def required_choices(descriptor: Descriptor) -> list[list[str]]:
    """Fields of which exactly one must have a value, for each oneof that must be set."""
    return [
        [field.name for field in oneof.fields]
        for oneof in descriptor.oneofs
        if oneof.GetOptions().Extensions[_ONEOF].required
    ]


def sentences_of(descriptor: Descriptor) -> list[str]:
    """Rules over several fields, in the words that a violation of them has."""
    return [rule.message for rule in descriptor.GetOptions().Extensions[_MESSAGE].cel if rule.message]


def may_be_empty(rules: Rules) -> bool:
    """Whether the rules look away from the empty value."""
    return rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE


def narrow(field_type: int, schema: Schema, rules: Rules) -> Schema:
    """Adds the rules on one value to the schema of its type."""
    if rules.ignore == validate_pb2.IGNORE_ALWAYS:
        return schema
    if is_narrow_integer(field_type):
        return schema | _bounds(field_type, rules)
    if is_wide_integer(field_type):
        return schema | _wide(rules)
    if adder := _BY_KIND.get(rules.WhichOneof("type") or ""):
        return schema | adder(rules)
    return schema


def _string(rules: Rules) -> Schema:
    text: Any = rules.string
    added: Schema = {}
    for keyword, name in (
        ("minLength", "min_len"),
        ("maxLength", "max_len"),
        ("const", "const"),
        ("pattern", "pattern"),
    ):
        if text.HasField(name):
            added[keyword] = getattr(text, name)
    if text.HasField("len"):
        added["minLength"] = added["maxLength"] = text.len
    known = text.WhichOneof("well_known") or ""
    if known in _FORMATS and getattr(text, known):
        added["format"] = _FORMATS[known]
    if known == "uuid" and text.uuid:
        added["pattern"] = UUID_PATTERN
    if getattr(text, "in"):
        added["enum"] = list(getattr(text, "in"))
    return added


def _numeric(values: Any) -> Schema:
    keywords = (("minimum", "gte"), ("exclusiveMinimum", "gt"), ("maximum", "lte"), ("exclusiveMaximum", "lt"))
    added = {keyword: getattr(values, name) for keyword, name in keywords if values.HasField(name)}
    if getattr(values, "in"):
        added["enum"] = list(getattr(values, "in"))
    return added


def _bounds(field_type: int, rules: Rules) -> Schema:
    smallest, largest = integer_range(field_type)
    kind = rules.WhichOneof("type")
    added = _numeric(getattr(rules, kind)) if kind else {}
    lower = {} if "minimum" in added or "exclusiveMinimum" in added else {"minimum": smallest}
    upper = {} if "maximum" in added or "exclusiveMaximum" in added else {"maximum": largest}
    return {**lower, **upper, **added}


def _wide(rules: Rules) -> Schema:
    """A number in a string has no bounds in JSON Schema but those that a pattern can draw: sign, zero, digits."""
    kind = rules.WhichOneof("type")
    values = getattr(rules, kind) if kind else None
    least = None
    if values is not None:
        least = values.gte if values.HasField("gte") else values.gt + 1 if values.HasField("gt") else None
    if least is None:
        return {}
    return {"pattern": "^[1-9][0-9]{0,17}$" if least >= 1 else "^(0|[1-9][0-9]{0,17})$" if least == 0 else WIDE_PATTERN}


WIDE_PATTERN = "^(0|-?[1-9][0-9]{0,17})$"


def _double(rules: Rules) -> Schema:
    return _numeric(rules.double)


def _float(rules: Rules) -> Schema:
    return _numeric(rules.float)


def list_limits(rules: Rules) -> Schema:
    """Rules on a list as a whole."""
    limits = rules.repeated
    added: Schema = {}
    if limits.HasField("min_items"):
        added["minItems"] = limits.min_items
    if limits.HasField("max_items"):
        added["maxItems"] = limits.max_items
    if limits.unique:
        added["uniqueItems"] = True
    return added


def map_limits(rules: Rules) -> Schema:
    """Rules on a map as a whole."""
    limits = rules.map
    added: Schema = {}
    if limits.HasField("min_pairs"):
        added["minProperties"] = limits.min_pairs
    if limits.HasField("max_pairs"):
        added["maxProperties"] = limits.max_pairs
    return added


def mask_pattern(rules: Rules) -> Schema:
    """Which fields a mask may name, where the rules list them. A mask that names nothing changes nothing."""
    names = "|".join(re.escape(name) for name in getattr(rules.field_mask, "in"))
    return {"pattern": f"^({names})(,({names}))*$"} if names else {}


def enum_names(numbers: dict[str, int], rules: Rules) -> list[str]:
    """The names that may be sent."""
    only, never = set(getattr(rules.enum, "in")), set(rules.enum.not_in)
    return [name for name, number in numbers.items() if number not in never and (not only or number in only)]


_BY_KIND: dict[str, Callable[[Rules], Schema]] = {"string": _string, "double": _double, "float": _float}
