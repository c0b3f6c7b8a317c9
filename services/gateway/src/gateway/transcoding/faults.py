"""Faults of a JSON document, each with the path to its place; a reader collects all of them before it gives up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chassis.errors import Violation


class Key(str):
    """A key of a map, told apart from the name of a field."""

    __slots__ = ()


Step = str | int
"""A name inside an object, a `Key`, or a place in an array."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, seen from the value that is being read."""

    path: tuple[Step, ...]
    reason: str
    message: str

    def as_violation(self) -> Violation:
        """The fault as every service names it, with a path such as `rows[2].submission.custom["区域"]`."""
        return Violation(path_text(self.path), self.reason, self.message)


class Faulty(Exception):
    """A value cannot be read. Carries every fault inside it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{path_text(fault.path)}: {fault.message}" for fault in faults))
        self.faults = tuple(faults)

    @classmethod
    def here(cls, reason: str, message: str) -> Faulty:
        """The value itself is wrong, rather than something inside it."""
        return cls([Fault((), reason, message)])

    def under(self, step: Step) -> Iterable[Fault]:
        """The same faults, seen from the object or array around."""
        return (Fault((step, *fault.path), fault.reason, fault.message) for fault in self.faults)


def path_text(path: Sequence[Step]) -> str:
    """The path as protovalidate writes it: `rows[2].submission`, `custom["a b"]`; empty for the whole document."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif not isinstance(step, Key) and step.isidentifier():
            text += f".{step}" if text else step
        else:
            quoted = step.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{quoted}"]'
    return text
