"""How aggregates of the directory change: a new value with the next version, or the same one."""

from dataclasses import Field, replace
from typing import Any, ClassVar, Protocol, TypeVar


class Versioned(Protocol):
    """A frozen dataclass with a version that rises by one with every change."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def version(self) -> int:
        """One for a new thing."""
        ...


V = TypeVar("V", bound=Versioned)


def succeeded(before: V, after: V) -> V:
    """What follows on `before`: `after` with the next version, or `before` itself where nothing differs."""
    return before if after == before else replace(after, version=before.version + 1)
