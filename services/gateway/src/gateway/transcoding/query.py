"""Query parameters as the JSON that they stand for: `states=WAITING&states=OFFERED&page_size=20`.

Names are the fields', dots lead into messages, a repeated field is a repeated parameter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.transcoding.faults import Fault
from gateway.transcoding.json_mapper import is_map
from gateway.transcoding.json_text import Json
from gateway.transcoding.money import MONEY_FIELDS
from gateway.transcoding.scalars import is_narrow_integer
from gateway.transcoding.well_known import well_known, wrapped

_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
NOT_IN_A_QUERY = frozenset({"google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue"})


def put_query(into: dict[str, Json], parameters: Iterable[tuple[str, str]], descriptor: Descriptor) -> list[Fault]:
    """Puts the parameters into the JSON of a request and returns the faults of those that have no place there."""
    faults: list[Fault] = []
    for name, text in parameters:
        steps = name.split(".")
        field = field_at(descriptor, steps)
        if field is None:
            faults.append(Fault(tuple(steps), "unknown_parameter", "is no parameter of this call"))
        elif not put(into, steps, field, text):
            faults.append(Fault(tuple(steps), "repeated_parameter", "must be given once"))
    return faults


def field_at(descriptor: Descriptor, steps: list[str]) -> FieldDescriptor | str | None:
    """The field that a parameter names; a plain string for a member of Money; None where a query cannot name it."""
    field = descriptor.fields_by_name.get(steps[0])
    if field is None or is_map(field):
        return None
    message: Any = field.message_type
    if message is None:
        return field if len(steps) == 1 else None
    if message.full_name == "google.type.Money":
        return steps[1] if len(steps) == 2 and steps[1] in MONEY_FIELDS and not field.is_repeated else None
    if message.full_name in NOT_IN_A_QUERY:
        return None
    if well_known(message) is not None:
        return field if len(steps) == 1 else None
    return field_at(message, steps[1:]) if len(steps) > 1 and not field.is_repeated else None


def put(into: dict[str, Json], steps: list[str], field: FieldDescriptor | str, text: str) -> bool:
    """Puts one value in its place; False where another stands there already."""
    place: Any = into
    for step in steps[:-1]:
        place = place.setdefault(step, {})
        if not isinstance(place, dict):
            return False
    last = steps[-1]
    if not isinstance(field, str) and field.is_repeated:
        place.setdefault(last, []).append(as_json(field, text))
        return True
    if last in place:
        return False
    place[last] = text if isinstance(field, str) else as_json(field, text)
    return True


def as_json(field: FieldDescriptor, text: str) -> Json:
    """The JSON that a text stands for; a text that does not fit stays as it is, for the reader to refuse."""
    kind = wrapped(field.message_type) if field.message_type is not None else field.type
    if kind == FieldDescriptor.TYPE_BOOL:
        return {"true": True, "false": False}.get(text, text)
    if kind is not None and is_narrow_integer(kind) and _WHOLE.fullmatch(text):
        return int(text)
    if kind in {FieldDescriptor.TYPE_DOUBLE, FieldDescriptor.TYPE_FLOAT} and _NUMBER.fullmatch(text):
        return float(text)
    return text
