"""What the fields of a versioned document may hold: readers that name every fault, and writers that take it back.

A document is plain JSON; what it says is a frozen dataclass whose fields were made by the functions below. Decimal
numbers in it may be integers in the dataclass, so a reader takes a number only where it is exact: at a scale of
1,000,000 the number `0.3` becomes 300,000, and `0.3000001` is a fault.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from decimal import Decimal
from typing import Any, Protocol

from chassis.errors import Violation

FAULTY: Any = object()
"""What a reader gives where it found a fault; the field then keeps its default until all faults are known."""
_READER = "reader"


class Reader(Protocol):
    """Reads one value of a document and writes it back; `read(write(value))` is `value`."""

    def read(self, raw: object, path: str, faults: list[Violation]) -> Any:
        """The value, or `FAULTY` after adding what is wrong with it to `faults`."""
        ...

    def write(self, value: Any) -> object:
        """The value as it stands in a document."""
        ...


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal number between `low` and `high`, kept as that many `scale`ths."""

    low: int
    high: int
    scale: int = 1

    def read(self, raw: object, path: str, faults: list[Violation]) -> Any:
        if isinstance(raw, bool) or not isinstance(raw, int | float):
            return _fault(faults, path, "type", "must be a number")
        scaled = Decimal(str(raw)) * self.scale
        if not scaled.is_finite() or not self.low <= scaled <= self.high:
            low, high = self.write(self.low), self.write(self.high)
            return _fault(faults, path, "range", f"must be between {low} and {high}")
        if scaled != int(scaled):
            return _fault(faults, path, "decimals", f"must be a whole number of 1/{self.scale}")
        return int(scaled)

    def write(self, value: Any) -> object:
        whole, rest = divmod(value, self.scale)
        return whole if rest == 0 else value / self.scale


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def read(self, raw: object, path: str, faults: list[Violation]) -> Any:
        return raw if isinstance(raw, bool) else _fault(faults, path, "type", "must be true or false")

    def write(self, value: Any) -> object:
        return value


@dataclass(frozen=True, slots=True)
class Text:
    """A text that matches `pattern` as a whole."""

    pattern: str
    meaning: str

    def read(self, raw: object, path: str, faults: list[Violation]) -> Any:
        if not isinstance(raw, str):
            return _fault(faults, path, "type", "must be a text")
        return raw if re.fullmatch(self.pattern, raw, re.DOTALL) else _fault(faults, path, "pattern", self.meaning)

    def write(self, value: Any) -> object:
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, raw: object, path: str, faults: list[Violation]) -> Any:
        return raw if raw in self.words else _fault(faults, path, "choice", f"must be one of {', '.join(self.words)}")

    def write(self, value: Any) -> object:
        return str(value)


@dataclass(frozen=True, slots=True)
class ListOf:
    """At most `most` values of one kind."""

    item: Reader
    most: int

    def read(self, raw: object, path: str, faults: list[Violation]) -> Any:
        if not isinstance(raw, list | tuple):
            return _fault(faults, path, "type", "must be a list")
        if len(raw) > self.most:
            return _fault(faults, path, "length", f"must have at most {self.most} items")
        items = [self.item.read(item, f"{path}[{at}]", faults) for at, item in enumerate(raw)]
        return tuple(item for item in items if item is not FAULTY)

    def write(self, value: Any) -> object:
        return [self.item.write(item) for item in value]


@dataclass(frozen=True, slots=True)
class TableOf:
    """Names with one value each."""

    item: Reader
    keys: tuple[str, ...] | None = None
    """The names allowed; None for any."""

    def read(self, raw: object, path: str, faults: list[Violation]) -> Any:
        if not isinstance(raw, Mapping):
            return _fault(faults, path, "type", "must be an object")
        table = {}
        for key, value in raw.items():
            if self.keys is not None and key not in self.keys:
                _fault(faults, f"{path}.{key}", "unknown", f"must be one of {', '.join(self.keys)}")
            elif (item := self.item.read(value, f"{path}.{key}", faults)) is not FAULTY:
                table[key] = item
        return table

    def write(self, value: Any) -> object:
        return {key: self.item.write(item) for key, item in value.items()}


@dataclass(frozen=True, slots=True)
class OrNull:
    """A value that may also be null, for what does not apply."""

    item: Reader

    def read(self, raw: object, path: str, faults: list[Violation]) -> Any:
        return None if raw is None else self.item.read(raw, path, faults)

    def write(self, value: Any) -> object:
        return None if value is None else self.item.write(value)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document with fields of its own: a dataclass whose fields were made by the functions below."""

    of: type

    def read(self, raw: object, path: str, faults: list[Violation]) -> Any:
        if not isinstance(raw, Mapping):
            return _fault(faults, path, "type", "must be an object")
        values = self.read_fields(raw, path, faults)
        return FAULTY if values is FAULTY else self.of(**values)

    def read_fields(self, raw: Mapping[Any, object], path: str, faults: list[Violation]) -> Any:
        """The values by field, without those that keep their default; `FAULTY` where a required one has none."""
        known = {part.name: part for part in fields(self.of) if _READER in part.metadata}
        for key in raw:
            if key not in known:
                _fault(faults, _below(path, key), "unknown", "is not a field of this document")
        values, is_whole = {}, True
        for name, part in known.items():
            is_required = part.default is MISSING and part.default_factory is MISSING
            value: Any = FAULTY
            if name in raw:
                value = part.metadata[_READER].read(raw[name], _below(path, name), faults)
            elif is_required:
                _fault(faults, _below(path, name), "required", "must be there")
            if value is not FAULTY:
                values[name] = value
            elif is_required:
                is_whole = False
        return values if is_whole else FAULTY

    def write(self, value: Any) -> object:
        parts = (part for part in fields(self.of) if _READER in part.metadata)
        return {part.name: part.metadata[_READER].write(getattr(value, part.name)) for part in parts}


def field_of(reader: Reader, default: Any = MISSING) -> Any:
    """A field that the reader reads; with no default it must be there."""
    return field(default=default, metadata={_READER: reader})


def whole(default: int, low: int, high: int) -> Any:
    """A whole number."""
    return field_of(Number(low, high), default)


def flag(default: bool) -> Any:
    return field_of(Flag(), default)


def choice(default: str, *words: str) -> Any:
    return field_of(Choice(words), default)


def text(pattern: str, meaning: str, default: Any = MISSING) -> Any:
    return field_of(Text(pattern, meaning), default)


def section(of: type, *, or_null: bool = False) -> dict[str, Reader]:
    """Metadata of a field that is a part with fields of its own, or null where it does not apply."""
    return {_READER: OrNull(Section(of)) if or_null else Section(of)}


def list_of(item: Reader, most: int, default: tuple[Any, ...] = ()) -> Any:
    return field_of(ListOf(item, most), default)


def table_of(item: Reader, default: Callable[[], Mapping[str, Any]], keys: tuple[str, ...] | None = None) -> Any:
    return field(default_factory=default, metadata={_READER: TableOf(item, keys)})


def _fault(faults: list[Violation], path: str, reason: str, message: str) -> Any:
    faults.append(Violation(path, reason, message))
    return FAULTY


def _below(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)
