"""Values of the domain as values of protobuf messages and back: moments, and enums as plain words."""

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from google.protobuf.timestamp_pb2 import Timestamp

if TYPE_CHECKING:
    from google.protobuf.internal.enum_type_wrapper import _EnumTypeWrapper

    EnumType: TypeAlias = _EnumTypeWrapper[Any]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(timestamp: Timestamp) -> datetime:
    """The moment as an aware UTC datetime, to the microsecond."""
    return timestamp.ToDatetime(tzinfo=UTC)


def timestamp_of(moment: datetime) -> Timestamp:
    """The moment, which must be aware, as a message."""
    since = moment - _EPOCH
    return Timestamp(seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1000)


def word_of(enum: "EnumType", number: int) -> str:
    """The value's name without the enum's prefix, in lower case: `CHANNEL_PHONE` is `phone`; empty for unspecified."""
    word = enum.Name(number).removeprefix(_prefix(enum)).lower()
    return "" if word == "unspecified" else word


def number_of(enum: "EnumType", word: str) -> Any:
    """The number of the value whose word it is; the unspecified one for an empty word.

    Raises:
        ValueError: the enum has no such value.
    """
    return enum.Value(f"{_prefix(enum)}{(word or 'unspecified').upper()}")


@cache
def _prefix(enum: "EnumType") -> str:
    first: str = enum.DESCRIPTOR.values_by_number[0].name
    return first.removesuffix("UNSPECIFIED")
