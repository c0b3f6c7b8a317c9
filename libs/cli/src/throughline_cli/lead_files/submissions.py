"""Makes a lead's submission, as the REST API takes it, of one row."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from throughline_cli.lead_files.formulas import without_quote
from throughline_cli.lead_files.lead_file import FileRow
from throughline_cli.lead_files.mapping import FieldRule, Mapping, MappingInvalid

Convert = Callable[[str], Any]

_SEGMENTS: Final = ("KA", "SMB")
_FLAGS: Final = {
    **dict.fromkeys(("true", "yes", "y", "1", "是", "真"), True),
    **dict.fromkeys(("false", "no", "n", "0", "否", "假"), False),
}
_AMOUNT_NOISE: Final = re.compile(r"[\s,，_¥￥$€元]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LARGEST_AMOUNT: Final = Decimal(10) ** 16
_MOST_FAULT_CHARS: Final = 1_000


class RowFault(Exception):
    """The row cannot become a lead; the text names every cell that is at fault."""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row as it is sent: the submission, or what the reader found wrong."""

    number: int
    submission: dict[str, Any] | None
    fault: str = ""

    def as_json(self) -> dict[str, Any]:
        """As `ImportRow`."""
        found: dict[str, Any] = {"row_number": str(self.number)}
        return found | ({"fault": self.fault} if self.submission is None else {"submission": self.submission})


class RowReader:
    """Applies a mapping to the rows of a file with this header.

    Raises:
        MappingInvalid: the header lacks columns; all are named.
    """

    def __init__(self, mapping: Mapping, header: Sequence[str], path: Path) -> None:
        places = {name: place for place, name in enumerate(header) if name}
        if absent := [column for column in mapping.columns() if column not in places]:
            raise MappingInvalid(
                path, [f"{column}: no such column; there are {', '.join(places)}" for column in absent]
            )
        zone = ZoneInfo(mapping.file.zone)
        self._width = len(header)
        self._feeds = [_Feed.of(field, rule, mapping, places, zone) for field, rule in mapping.fields.items()]

    def read(self, row: FileRow) -> ReadRow:
        """What the row says; never raises, as a fault is the row's own outcome."""
        if len(row.cells) > self._width and any(row.cells[self._width :]):
            return ReadRow(row.number, None, f"{len(row.cells)} cells, but {self._width} columns")
        submission: dict[str, Any] = {}
        faults = []
        for feed in self._feeds:
            try:
                value = feed.value(row.cells)
            except RowFault as fault:
                faults.append(f"{feed.label}: {fault}")
                continue
            if value is not None:
                feed.put(submission, value)
        if faults:
            return ReadRow(row.number, None, "; ".join(faults)[:_MOST_FAULT_CHARS])
        return ReadRow(row.number, submission)


@dataclass(frozen=True, slots=True)
class _Feed:
    """How one field gets its value."""

    steps: tuple[str, ...]
    label: str
    place: int | None
    constant: str | None
    default: str | None
    missing: frozenset[str]
    values: Dictionary[str, str]
    rule: FieldRule
    convert: Convert

    @classmethod
    def of(cls, field: str, rule: FieldRule, mapping: Mapping, places: Dictionary[str, int], zone: ZoneInfo) -> _Feed:
        group, _, name = field.partition(".")
        fold = str.casefold if rule.ignore_case else str
        return cls(
            steps=(group, name) if name else (group,),
            label=rule.column or field,
            place=places[rule.column] if rule.column else None,
            constant=rule.constant,
            default=rule.default,
            missing=frozenset(fold(text) for text in ("", *mapping.file.missing, *rule.missing)),
            values={fold(text): value for text, value in rule.values.items()},
            rule=rule,
            convert=_converter(field, rule, zone),
        )

    def value(self, cells: Sequence[str]) -> Any:
        """The value for the field; None where there is none."""
        if self.place is None:
            text = self.constant or ""
        else:
            cell = without_quote(cells[self.place]).strip() if self.place < len(cells) else ""
            text = self._mapped(cell)
        text = text or self.default or ""
        return self.convert(text) if text else None

    def put(self, submission: dict[str, Any], value: Any) -> None:
        """Sets the field."""
        *groups, name = self.steps
        for group in groups:
            submission = submission.setdefault(group, {})
        submission[name] = value

    def _mapped(self, cell: str) -> str:
        if _CONTROL.search(cell):
            raise RowFault("holds a control character")
        key = cell.casefold() if self.rule.ignore_case else cell
        if key in self.missing:
            return ""
        if key in self.values:
            return self.values[key]
        if not self.values or self.rule.otherwise == "keep":
            return cell
        if self.rule.otherwise == "missing":
            return ""
        raise RowFault(f"{cell[:50]!r} is not among the values that the mapping knows")


def _converter(field: str, rule: FieldRule, zone: ZoneInfo) -> Convert:
    if field == "profile.amount":
        return partial(_amount, rule=rule)
    if field == "profile.trial_ends_at":
        return partial(_time, rule=rule, zone=zone)
    converters: dict[str, Convert] = {
        "profile.segment": _segment,
        "profile.compares_competitors": _flag,
        "origin.attachment_types": partial(_list, rule=rule),
    }
    return converters.get(field, str)


def _segment(text: str) -> str:
    if text.upper() not in _SEGMENTS:
        raise RowFault(f"{text[:50]!r} is none of {', '.join(_SEGMENTS)}")
    return text.upper()


def _flag(text: str) -> bool:
    found = _FLAGS.get(text.casefold())
    if found is None:
        raise RowFault(f"{text[:50]!r} is neither yes nor no")
    return found


def _list(text: str, *, rule: FieldRule) -> list[str]:
    return [part.strip() for part in text.split(rule.list_separator) if part.strip()]


def _amount(text: str, *, rule: FieldRule) -> dict[str, str]:
    try:
        amount = Decimal(_AMOUNT_NOISE.sub("", text)) * rule.unit
    except InvalidOperation as error:
        raise RowFault(f"{text[:50]!r} is no amount") from error
    if not amount.is_finite() or not 0 <= amount < _LARGEST_AMOUNT:
        raise RowFault(f"{text[:50]!r} is no amount between 0 and 10^16")
    return {"currency": rule.currency, "amount": f"{amount:.2f}"}


def _time(text: str, *, rule: FieldRule, zone: ZoneInfo) -> str:
    try:
        found = datetime.strptime(text, rule.time_format) if rule.time_format else datetime.fromisoformat(text)  # noqa: DTZ007
    except ValueError as error:
        raise RowFault(f"{text[:50]!r} is no time") from error
    moment = found if found.tzinfo else found.replace(tzinfo=zone)
    try:
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError as error:
        raise RowFault(f"{text[:50]!r} is no time") from error
