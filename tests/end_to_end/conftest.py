"""One suite in the embedded profile, started as a user starts it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chassis.chinese_holidays import chinese_holidays
from chassis.shifts import DayKind
from support.shared import SharedFolder

from .command_line import CommandLine

_ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="package")
def throughline(shared_folder: SharedFolder) -> Iterator[CommandLine]:
    """The command line of a suite whose sample company begins its month on two working days."""
    folder = shared_folder.path / "end-to-end-data"
    shared_folder.remember_suite(folder)
    command_line = CommandLine(folder)
    command_line("up")
    today = datetime.now(_ZONE).date()
    if (days := (_eve_of_working_days(today) - today).days) > 0:
        command_line("clock", "forward", f"{days}d")
    yield command_line
    command_line("down")


def _eve_of_working_days(today: date) -> date:
    """The first day from today on that two working days follow. The sample's month begins on the next day."""
    day = today
    while not (_is_working(day + timedelta(days=1)) and _is_working(day + timedelta(days=2))):
        day += timedelta(days=1)
    return day


def _is_working(day: date) -> bool:
    differing = {special.date: special.kind for special in chinese_holidays({day.year})}
    return differing.get(day, DayKind.OFF if day.weekday() >= 5 else DayKind.WORKING) is DayKind.WORKING
