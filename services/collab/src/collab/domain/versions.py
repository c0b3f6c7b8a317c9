"""How aggregates of the directory change: a new value with the next version, or the same one."""

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    class Versioned(DataclassInstance, Protocol):
        """A frozen dataclass with a version that rises by one with every change."""

        @property
        def version(self) -> int: ...


V = TypeVar("V", bound="Versioned")


def succeeded(before: V, after: V) -> V:
    """What follows on `before`: `after` with the next version, or `before` itself where nothing differs."""
    return before if after == before else replace(after, version=before.version + 1)
