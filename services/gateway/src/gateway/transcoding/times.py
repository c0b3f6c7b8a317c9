"""Times as `2026-03-10T01:30:00Z` (RFC 3339) and spans as `3.5s`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.transcoding.faults import Faulty
from gateway.transcoding.json_text import Json

DURATION_PATTERN = r"^-?\d{1,12}(\.\d{1,9})?s$"

_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-]\d{2}:\d{2}))", re.ASCII)
_DURATION = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,9}))?s", re.ASCII)
_NANOS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_LONGEST_SPAN_S = 315_576_000_000


def write_time(time: Timestamp) -> Json:
    """In UTC, with no more decimals than it has: none, 3, 6 or 9."""
    moment = (_EPOCH + timedelta(seconds=time.seconds)).isoformat()[:-6]
    return f"{moment}{_decimals(time.nanos)}Z"


def read_time(value: Json) -> Timestamp | None:
    """Any offset is understood; up to nine decimals."""
    if value is None:
        return None
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Faulty.here("timestamp", "must be a time by RFC 3339, for example 2026-03-10T01:30:00Z")
    date, clock, decimals, offset = found.groups()
    try:
        moment = datetime.fromisoformat(f"{date}T{clock}{offset or '+00:00'}").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Faulty.here("timestamp.range", "must be a day and time that exist, in the years 1 to 9999") from error
    return Timestamp(seconds=(moment - _EPOCH) // _SECOND, nanos=_nanos(decimals))


def write_duration(span: Duration) -> Json:
    """In seconds, with no more decimals than it has."""
    total = span.seconds * _NANOS + span.nanos
    whole, nanos = divmod(abs(total), _NANOS)
    decimals = f".{nanos:09d}".rstrip("0") if nanos else ""
    return f"{'-' if total < 0 else ''}{whole}{decimals}s"


def read_duration(value: Json) -> Duration | None:
    """At most 10,000 years, as protobuf defines it."""
    if value is None:
        return None
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Faulty.here("duration", "must be a span in seconds, for example 3.5s")
    sign = -1 if found[1] else 1
    seconds, nanos = int(found[2]), _nanos(found[3])
    if seconds * _NANOS + nanos > _LONGEST_SPAN_S * _NANOS:
        raise Faulty.here("duration.range", f"must be at most {_LONGEST_SPAN_S}s")
    return Duration(seconds=sign * seconds, nanos=sign * nanos)


def _decimals(nanos: int) -> str:
    if not nanos:
        return ""
    digits = f"{nanos:09d}"
    return "." + (digits[:3] if digits.endswith("000000") else digits[:6] if digits.endswith("000") else digits)


def _nanos(decimals: str | None) -> int:
    return int((decimals or "").ljust(9, "0"))
