"""`import directory`: the files of a folder, and faults in their words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import httpx
import pytest

from sample_company import generate
from throughline_cli.failures import Exit

from ..command_line import CommandLine
from ..fake_gateway import FakeGateway, Json, problem

_DONE = {"teams_created": 16, "teams_updated": 0, "people_created": 63, "people_updated": 0}


@pytest.fixture
def throughline(tmp_path: Path) -> CommandLine:
    generate(start=date(2026, 3, 2), leads=20).write_csv(tmp_path / "sample")
    gateway = FakeGateway()
    gateway.before = lambda request, body: httpx.Response(200, json=_DONE)
    return CommandLine(tmp_path, gateway)


def test_people_teams_and_calendar_go_in(throughline: CommandLine) -> None:
    ended = throughline("import", "directory", throughline.folder / "sample", "--json")

    directory, calendar = (body for _, _, body in throughline.gateway.requests)
    assert ended.json["people_created"] == 63
    assert (len(directory["teams"]), len(directory["people"])) == (16, 63)
    assert {"director"} <= {role for person in directory["people"] for role in person["roles"]}
    assert {day["kind"] for day in calendar["days"]} == {"OFF", "WORKING"}
    assert len(calendar["hours"]) == 10


def test_dry_run_leaves_the_calendar_alone(throughline: CommandLine) -> None:
    throughline("import", "directory", throughline.folder / "sample", "--dry-run")

    assert throughline.gateway.paths() == ["/v1/directory:import"]
    assert throughline.gateway.requests[0][2]["dry_run"] is True


def test_faults_are_told_by_file_row_and_column(throughline: CommandLine) -> None:
    violations: list[Json] = [{"field": "people[2].email", "message": "must be an e-mail address"}]
    throughline.gateway.before = lambda request, body: problem(400, "INVALID_REQUEST", "no", violations)

    ended = throughline("import", "directory", throughline.folder / "sample")

    assert ended.status == Exit.UNREADABLE
    assert "people.csv, 3, email: must be an e-mail address" in ended.err


def test_missing_file_is_named(throughline: CommandLine) -> None:
    (throughline.folder / "sample" / "teams.csv").unlink()

    ended = throughline("import", "directory", throughline.folder / "sample")

    assert ended.status == Exit.UNREADABLE
    assert "teams.csv" in ended.err


def test_missing_column_is_named(throughline: CommandLine) -> None:
    (throughline.folder / "sample" / "teams.csv").write_text("team,kind\na,sales\n")

    assert "parent_team" in throughline("import", "directory", throughline.folder / "sample").err


def test_link_that_leads_out_of_the_folder_is_refused(throughline: CommandLine) -> None:
    (throughline.folder / "elsewhere.csv").write_text("secret\n")
    people = throughline.folder / "sample" / "people.csv"
    people.unlink()
    people.symlink_to(throughline.folder / "elsewhere.csv")

    ended = throughline("import", "directory", throughline.folder / "sample")

    assert ended.status == Exit.UNREADABLE
    assert throughline.gateway.paths() == []
