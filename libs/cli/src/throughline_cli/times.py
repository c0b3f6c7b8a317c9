"""Times and spans as people read and write them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DEFAULT_ZONE: Final = ZoneInfo("Asia/Shanghai")
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(d|h|m|s)")
_UNITS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_MOST_DAYS: Final = 3_660


def moment(text: str) -> datetime:
    """A time of the REST API, aware."""
    return datetime.fromisoformat(text)


def clock_time(text: str | None, zone: ZoneInfo = DEFAULT_ZONE) -> str:
    """A time of the REST API on the wall clock of the tenant; empty where there is none."""
    return moment(text).astimezone(zone).strftime("%Y-%m-%d %H:%M") if text else ""


def span(text: str) -> timedelta:
    """A span such as `48h`, `2d`, `1h30m`, `90s`.

    Raises:
        ValueError: it is none, is not positive, or is longer than ten years.
    """
    compact = text.replace(" ", "").lower()
    parts = _PART.findall(compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        message = f"{text!r} is no span such as 48h, 2d or 1h30m"
        raise ValueError(message)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if not 0 < seconds <= _MOST_DAYS * 86_400:
        message = f"a span must be longer than nothing and at most {_MOST_DAYS} days"
        raise ValueError(message)
    return timedelta(seconds=seconds)


def seconds_text(length: timedelta) -> str:
    """A span as the REST API takes it: `172800s`."""
    return f"{length.total_seconds():.6f}".rstrip("0").rstrip(".") + "s"
