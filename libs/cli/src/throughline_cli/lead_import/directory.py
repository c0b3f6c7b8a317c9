"""Reads the directory of a company from a folder: `teams.csv`, `people.csv`, and where they are there `calendar.csv`
(holidays and make-up workdays) and `shifts.csv` (whose rows without an employee number are the office hours)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from throughline_cli.failures import Exit, Failure, Problem
from throughline_cli.gateway import Gateway, Json
from throughline_cli.lead_files.faults import FileRefused
from throughline_cli.lead_files.formulas import without_quote
from throughline_cli.lead_files.lead_file import LeadFile

_TEAMS: Final = ("team", "parent_team", "leader_employee_no", "kind")
_PEOPLE: Final = ("employee_no", "name", "subject", "email", "team", "supervisor_employee_no", "roles", "title")
_CALENDAR: Final = ("date", "kind", "name")
_SHIFTS: Final = ("employee_no", "weekday", "start_minute", "end_minute")
_VIOLATION: Final = re.compile(r"(teams|people|days|hours)\[(\d+)\]\.?(.*)")
_FILE_OF: Final = {"teams": "teams.csv", "people": "people.csv", "days": "calendar.csv", "hours": "shifts.csv"}

Row = Mapping[str, str]


class DirectoryInvalid(Failure):
    """Rows of the folder's files are faulty; all are named by file, row and column."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("failure.directory", Exit.UNREADABLE, details=faults)


@dataclass(frozen=True, slots=True)
class DirectoryFolder:
    """What the files of a folder say, as the REST API takes it."""

    teams: list[Json]
    people: list[Json]
    days: list[Json]
    hours: list[Json]

    @classmethod
    def read(cls, folder: Path) -> DirectoryFolder:
        """Reads the folder.

        Raises:
            FileRefused: a file is missing, leads out of the folder, or cannot be read.
            DirectoryInvalid: a number is none, or a column is missing.
        """
        hours = [row for row in _rows(folder, "shifts.csv", _SHIFTS, optional=True) if not row["employee_no"]]
        return cls(
            teams=[dict(row) for row in _rows(folder, "teams.csv", _TEAMS)],
            people=[{**row, "roles": _list(row["roles"])} for row in _rows(folder, "people.csv", _PEOPLE)],
            days=[
                {**row, "kind": row["kind"].upper()} for row in _rows(folder, "calendar.csv", _CALENDAR, optional=True)
            ],
            hours=[_numbers(row, place, ("weekday", "start_minute", "end_minute")) for place, row in enumerate(hours)],
        )

    def send(self, gateway: Gateway, *, dry_run: bool, request_id: str) -> Json:
        """Puts teams and people in, all or none, then the calendar; with `dry_run` it only asks whether they could be.

        Raises:
            DirectoryInvalid: the suite names faulty rows.
            Problem: it refused for another reason.
        """
        body = {"teams": self.teams, "people": self.people, "dry_run": dry_run, "request_id": request_id}
        done = _told(lambda: gateway.post("/v1/directory:import", body))
        if (self.days or self.hours) and not dry_run:
            calendar = {"days": self.days, "hours": self.hours, "request_id": f"{request_id}:calendar"}
            _told(lambda: gateway.post("/v1/calendar:putDays", calendar))
        return {**done, "calendar_days": 0 if dry_run else len(self.days)}


def _told(call: Callable[[], Json]) -> Json:
    """The answer; faults of rows in the words of the files."""
    try:
        return call()
    except Problem as problem:
        faults = [_line(violation) for violation in problem.violations]
        if problem.status == 400 and faults:
            raise DirectoryInvalid(faults) from problem
        raise


def _line(violation: Mapping[str, str]) -> str:
    field, message = violation.get("field", ""), violation.get("message", "")
    found = _VIOLATION.match(field)
    return f"{_FILE_OF[found[1]]}, {int(found[2]) + 1}, {found[3]}: {message}" if found else f"{field}: {message}"


def _rows(folder: Path, name: str, columns: tuple[str, ...], *, optional: bool = False) -> list[Row]:
    path = folder / name
    if optional and not path.exists():
        return []
    if not path.resolve().is_relative_to(folder.resolve()):
        raise FileRefused("OUTSIDE", path)
    file = LeadFile(path)
    survey = file.survey()
    if absent := [column for column in columns if column not in survey.header]:
        raise DirectoryInvalid([f"{name}: {column}?" for column in absent])
    places = {column: survey.header.index(column) for column in columns}
    return [
        {
            column: without_quote(row.cells[place]).strip() if place < len(row.cells) else ""
            for column, place in places.items()
        }
        for row in file.rows(survey)
    ]


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _numbers(row: Row, place: int, columns: tuple[str, ...]) -> Json:
    faults = [
        f"shifts.csv, {place + 1}, {column}: {row[column]!r}" for column in columns if not row[column].isdecimal()
    ]
    if faults:
        raise DirectoryInvalid(faults)
    found: dict[str, Any] = {column: int(row[column]) for column in columns}
    return found
