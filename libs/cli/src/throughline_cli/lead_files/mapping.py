"""The mapping file: which column feeds which field of a lead. TOML, described in docs/cli.md."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from throughline_cli.failures import Exit, Failure
from throughline_cli.lead_files.encodings import AUTO

_MOST_BYTES: Final = 1024 * 1024

FIELDS: Final = (
    "identity.company", "identity.person", "identity.phone", "identity.email", "identity.credit_code", "identity.city",
    "origin.source", "origin.external_id", "origin.utm_source", "origin.utm_medium", "origin.utm_campaign",
    "origin.attachment_types",
    "profile.industry", "profile.region", "profile.segment", "profile.product_line", "profile.language",
    "profile.budget_tier", "profile.purchase_stage", "profile.tech_preference", "profile.amount",
    "profile.trial_ends_at", "profile.compares_competitors",
    "message",
)  # fmt: skip
"""Fields of `LeadSubmission` that a column may feed, beside `form.<name>` and `custom.<name>`."""

FREE_FIELDS: Final = ("form.", "custom.")
REQUIRED_FIELD: Final = "origin.source"


class MappingInvalid(Failure):
    """The mapping file has faults; all of them are listed."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        super().__init__("failure.mapping", Exit.UNREADABLE, {"file": path.name}, details=faults)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        message = f"{name} is no time zone"
        raise ValueError(message) from error
    return name


def _known_codec(name: str) -> str:
    if name != AUTO:
        try:
            " ".encode(name)
        except LookupError as error:
            message = f"{name} is no encoding"
            raise ValueError(message) from error
    return name


def _from_column(value: object) -> object:
    """The short form: the name of the column alone."""
    return {"column": value} if isinstance(value, str) else value


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=2_000)


class FileRules(_Strict):
    """How to read the file.

    Attributes:
        encoding: a codec such as `utf-8` or `gb18030`; found out by default.
        separator: of a CSV file; found out by default.
        sheet: of an .xlsx; the first by default.
        missing: texts that mean "not answered", in any column, beside an empty cell.
        zone: of times that say no offset.
    """

    encoding: Annotated[str, AfterValidator(_known_codec)] = AUTO
    separator: Annotated[str, Field(max_length=1)] = ""
    sheet: str = ""
    missing: tuple[str, ...] = ()
    zone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Shanghai"


class FieldRule(_Strict):
    """Where the value of one field comes from, and what is done to it on the way.

    Attributes:
        column: the column that feeds it.
        constant: the value itself, for all rows.
        default: for rows where the column says nothing.
        missing: texts that mean "not answered" in this column, beside those of the file.
        values: texts of the column and what they become.
        ignore_case: whether `values` and `missing` are compared without regard to case.
        otherwise: texts that are not in `values` are kept, count as missing, or have the row refused.
        currency, unit: of an amount; with unit 10000 a cell of 3.5 is 35,000.
        time_format: of a time, as `datetime.strptime` reads it; ISO 8601 by default.
        list_separator: between several values in one cell.
    """

    column: str = ""
    constant: str | None = None
    default: str | None = None
    missing: tuple[str, ...] = ()
    values: dict[str, str] = Field(default_factory=dict, max_length=2_000)
    ignore_case: bool = False
    otherwise: Literal["keep", "missing", "refuse"] = "keep"
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"
    unit: Annotated[Decimal, Field(gt=0, le=Decimal(10) ** 9)] = Decimal(1)
    time_format: str = ""
    list_separator: Annotated[str, Field(min_length=1, max_length=5)] = ";"

    @model_validator(mode="after")
    def _has_one_source(self) -> FieldRule:
        if bool(self.column) == (self.constant is not None):
            message = "needs either a column or a constant"
            raise ValueError(message)
        return self


class Mapping(_Strict):
    """A whole mapping file."""

    file: FileRules = FileRules()
    fields: dict[str, Annotated[FieldRule, BeforeValidator(_from_column)]]

    @classmethod
    def load(cls, path: Path) -> Mapping:
        """Reads a mapping file.

        Raises:
            MappingInvalid: naming every fault by its place in the file.
        """
        try:
            document = path.read_bytes()[: _MOST_BYTES + 1]
        except OSError as error:
            raise MappingInvalid(path, [error.strerror or type(error).__name__]) from error
        if len(document) > _MOST_BYTES:
            raise MappingInvalid(path, [f"> {_MOST_BYTES} bytes"])
        try:
            return cls.parse(tomllib.loads(document.decode("utf-8-sig")), path)
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise MappingInvalid(path, [str(error)]) from error

    @classmethod
    def parse(cls, document: dict[str, Any], path: Path) -> Mapping:
        """A mapping out of what a mapping file says.

        Raises:
            MappingInvalid: naming every fault.
        """
        try:
            mapping = cls.model_validate(document)
        except ValidationError as error:
            raise MappingInvalid(path, [_fault_line(fault) for fault in error.errors()]) from error
        if faults := list(mapping.field_faults()):
            raise MappingInvalid(path, faults)
        return mapping

    def columns(self) -> list[str]:
        """The columns that the mapping reads, in its order, each once."""
        return list(dict.fromkeys(rule.column for rule in self.fields.values() if rule.column))

    def canonical(self) -> str:
        """The same text for the same rules, however the file is written."""
        return self.model_dump_json()

    def field_faults(self) -> Iterator[str]:
        """Fields that a lead does not have, and the one that it must have."""
        for field in self.fields:
            name = next((field.removeprefix(prefix) for prefix in FREE_FIELDS if field.startswith(prefix)), None)
            if field not in FIELDS and not name:
                yield f"fields.{field}: must be one of {', '.join(FIELDS)}, form.<name>, custom.<name>"
        if REQUIRED_FIELD not in self.fields:
            yield f"fields.{REQUIRED_FIELD}: is required"


def _fault_line(fault: Any) -> str:
    place = ".".join(str(step) for step in fault["loc"])
    return f"{place}: {fault['msg'].removeprefix('Value error, ')}"
