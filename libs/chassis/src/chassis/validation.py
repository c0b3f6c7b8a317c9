"""The rules on fields of the contracts and those of all messages, enforced: one violation per fault, all at once."""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf.message import Message
from protovalidate import Validator

from chassis.errors import Invalid, Violation
from chassis.sound_values import unsound


def validate(message: Message) -> None:
    """Lets a message pass that keeps all the rules of its contract, and holds nothing that nobody could store.

    Raises:
        Invalid: names every fault by the proto path of its field, for example `people[0].email`.
    """
    faults = [_violation(fault.proto) for fault in _validator().collect_violations(message)]
    faults += unsound(message)
    if faults:
        raise Invalid(faults)


@cache
def _validator() -> Validator:
    # Compiling a message's rules costs milliseconds, so one validator keeps them for the whole process.
    return Validator()


def _violation(fault: Any) -> Violation:
    # Rules over a whole message may carry their sentence as the id; it stands in `message` then.
    return Violation(_path(fault.field), fault.rule_id or "invalid", fault.message or fault.rule_id)


def _path(field: Any) -> str:
    steps = []
    for element in field.elements if field is not None else ():
        subscript = element.subscript
        suffix = "" if subscript is None else f"[{_key(subscript.value)}]"
        steps.append(f"{element.field_name}{suffix}")
    return ".".join(steps)


def _key(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
