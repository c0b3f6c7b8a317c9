"""The command line itself: statuses, languages, what is said without a suite."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sample_company.generate import DAYS, MOST_LEADS
from throughline_cli.__main__ import program_name
from throughline_cli.commands import demo
from throughline_cli.failures import Exit

from ..command_line import CommandLine


def test_status_of_a_suite_that_never_ran(tmp_path: Path) -> None:
    ended = CommandLine(tmp_path)("status", "--json", environment={})

    assert ended.status == Exit.UNREACHABLE
    assert ended.json["phase"] == "stopped"
    assert "client_secret" not in ended.out


@pytest.mark.parametrize("arguments", [["leads", "list"], ["clock", "forward", "48h"], ["token", "--operator"]])
def test_what_needs_a_suite_says_how_to_start_one(tmp_path: Path, arguments: list[str]) -> None:
    ended = CommandLine(tmp_path)(*arguments, environment={})

    assert ended.status == Exit.UNREACHABLE
    assert "throughline up" in ended.err


def test_faults_are_told_in_the_language_of_the_caller(tmp_path: Path) -> None:
    assert "尚未启动" in CommandLine(tmp_path)("leads", "list", environment={}, locale="zh-CN").err


@pytest.mark.parametrize("by", ["48", "soon", "-1h"])
def test_span_that_is_none_is_wrong_use(tmp_path: Path, by: str) -> None:
    assert CommandLine(tmp_path)("clock", "forward", "--", by).status == Exit.USAGE


def test_unknown_command_is_wrong_use(tmp_path: Path) -> None:
    assert CommandLine(tmp_path)("leads", "lst").status == Exit.USAGE


def test_unknown_measurement_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    ended = CommandLine(tmp_path)("bench", "no-such-thing")

    assert ended.status == Exit.NOT_FOUND
    assert "no-such-thing" in ended.err


def test_tenant_and_person_must_be_named_where_none_is_known(tmp_path: Path) -> None:
    environment = {"THROUGHLINE_URL": "http://gateway.test"}

    assert CommandLine(tmp_path)("leads", "list", environment=environment).status == Exit.FORBIDDEN


def test_demo_asks_for_no_more_than_the_sample_company_has() -> None:
    assert demo._MOST_LEADS <= MOST_LEADS
    assert demo._MOST_DAYS == DAYS


def test_program_is_named_as_it_can_be_called_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "throughline"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.chdir(tmp_path)

    outside = program_name("bin/throughline")
    monkeypatch.setenv("PATH", str(program.parent))

    assert outside == "bin/throughline"
    assert program_name(str(program)) == "throughline"


def test_module_runs_as_a_program() -> None:
    command = [sys.executable, "-m", "throughline_cli", "--lang", "en", "--help"]

    ended = subprocess.run(command, check=True, capture_output=True, text=True, timeout=50)

    assert "dead-letters" in ended.stdout
